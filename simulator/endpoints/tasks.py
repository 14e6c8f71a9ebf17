# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Tasks: status, log, lists, stopping (pve-api.md 7)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from simulator.table.formats import split_list
from simulator.table.types import needs
from simulator.world.tasks import Task

from .call import Call, Counted, Handler, Row

CLUSTER_LIMIT = 25
KINDS = {"OK": "ok", "WARNINGS": "warning", "unexpected status": "unknown"}
SUBDIRS = ("log", "status")


def _identity(task: Task) -> Row:
    row: Row = {
        "upid": task.upid, "node": task.node, "starttime": task.starttime, "type": task.type, "id": task.id,
        "user": task.caller.user,
    }  # fmt: skip
    return row | ({"tokenid": task.caller.token} if task.caller.token else {})


def _process(task: Task) -> Row:
    return {"pid": task.pid, "pstart": task.pstart}


def _found(call: Call, privilege: str) -> Task:
    """Find the task of the path; foreign ones need a privilege on the node."""
    task = call.world.tasks.find(call.params["node"], call.params["upid"])
    if call.caller.user != task.caller.user:
        path = f"/nodes/{task.node}"
        call.access.require(call.subject, needs(path, privilege), path)
    return task


def index(_call: Call) -> list[Row]:
    """Name what lies below a task."""
    return [{"name": name} for name in SUBDIRS]


def status(call: Call) -> Row:
    """Tell whether a task runs, and how it ended."""
    task = _found(call, "Sys.Audit")
    row = _identity(task) | _process(task) | {"status": "running" if task.is_running else "stopped"}
    return row if task.is_running else row | {"exitstatus": task.exitstatus}


def log(call: Call) -> Counted:
    """Give some lines of the log; limit 0 gives all."""
    task = _found(call, "Sys.Audit")
    start, limit = call.param("start", 0), call.param("limit", 50)
    lines = task.log or ["no content"]
    wanted = lines[start:] if limit == 0 else lines[start : start + limit]
    return Counted([{"n": start + offset, "t": text} for offset, text in enumerate(wanted, start=1)], len(lines))


def stop(call: Call) -> None:
    """Interrupt a task; harmless when it is over."""
    call.world.tasks.stop(_found(call, "Sys.Modify"))


def of_node(call: Call) -> Counted:
    """List tasks of one node, the latest first."""
    everything = call.may(f"/nodes/{call.params['node']}", "Sys.Audit")
    chosen = [
        task for task in _sourced(call) if (everything or task.caller.user == call.caller.user) and _wanted(call, task)
    ]
    start, limit = call.param("start", 0), call.param("limit", 50)
    page = itertools.islice(chosen, start, None if limit == 0 else start + limit)
    return Counted([_listed(task) for task in page], len(chosen))


def _sourced(call: Call) -> Iterable[Task]:
    """Finished tasks come from the archive, running ones from the active list."""
    source = call.param("source", "archive")
    tasks = call.world.tasks.of_node(call.params["node"])
    return (task for task in tasks if source == "all" or task.is_running == (source == "active"))


def _wanted(call: Call, task: Task) -> bool:
    """Apply the filters of the request."""
    kinds = split_list(call.param("statusfilter", ""))
    return (
        str(call.param("vmid", task.id)) == task.id
        and call.param("typefilter", task.type) == task.type
        and call.param("userfilter", "") in task.caller.full
        and call.param("since", 0) <= task.starttime <= call.param("until", task.starttime)
        and not (call.param("errors") and _kind(task) in ("ok", "running"))
        and (not kinds or _kind(task) in kinds)
    )


def _kind(task: Task) -> str:
    if task.exitstatus is None:
        return "running"
    return KINDS.get(task.exitstatus.split(":")[0], "error")


def _listed(task: Task) -> Row:
    row = _identity(task) | _process(task)
    if task.is_running:
        return row | {"status": "RUNNING"}
    return row | {"endtime": task.endtime, "status": task.exitstatus}


def of_cluster(call: Call) -> list[Row]:
    """List the latest tasks of all members; a token without Sys.Audit finds none of its own."""
    everything = call.may("/", "Sys.Audit")
    rows: list[Row] = []
    for name in call.world.nodes:
        if call.world.sees_online(call.node, name):
            recent = itertools.islice(call.world.tasks.of_node(name), CLUSTER_LIMIT)
            rows += [_broadcast(task) for task in recent if everything or task.caller.user == call.subject]
    return sorted(rows, key=lambda row: -int(row["starttime"]))


def _broadcast(task: Task) -> Row:
    row = _identity(task)
    if task.is_running:
        return row | {"pid": task.pid}
    return row | {"saved": "1", "endtime": task.endtime, "status": task.exitstatus}


HANDLERS: dict[str, Handler] = {
    "GET /nodes/{node}/tasks": of_node,
    "GET /nodes/{node}/tasks/{upid}": index,
    "DELETE /nodes/{node}/tasks/{upid}": stop,
    "GET /nodes/{node}/tasks/{upid}/status": status,
    "GET /nodes/{node}/tasks/{upid}/log": log,
    "GET /cluster/tasks": of_cluster,
}
