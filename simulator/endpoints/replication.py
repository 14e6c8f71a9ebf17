# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Replication jobs: configuration, and how they fare (pve-api.md 10)."""

from __future__ import annotations

from simulator.answers import bad_parameters, failure, forbidden
from simulator.table.formats import split_list
from simulator.world.model import Guest
from simulator.world.replication import ReplicationJob

from .call import Call, Counted, Handler, Row, digest_of, present

CHANGED = "detected modified configuration - file changed by other user? Try again."
OPTIONS = ("comment", "disable", "rate", "remove_job", "schedule", "source")
DEFAULT_LINES = 50


def _visible(call: Call) -> list[ReplicationJob]:
    jobs = sorted(call.world.replication.jobs.values(), key=lambda job: job.id)
    return [job for job in jobs if call.may(f"/vms/{job.guest}", "VM.Audit")]


def _row(job: ReplicationJob) -> Row:
    row: Row = {"id": job.id, "guest": job.guest, "jobnum": job.number, "target": job.target, "type": "local"}
    return row | job.given


def _digest(call: Call) -> str:
    return digest_of([_row(job) for job in call.world.replication.jobs.values()])


def jobs(call: Call) -> list[Row]:
    """List the jobs of guests that the caller may see."""
    return [_row(job) for job in _visible(call)]


def job(call: Call) -> Row:
    """Give one job."""
    return _row(_found(call, "VM.Audit")) | {"digest": _digest(call)}


def _found(call: Call, privilege: str, text: str = "no such replication job '{}'") -> ReplicationJob:
    name = call.params["id"]
    if name not in call.world.replication.jobs:
        raise failure(text.format(name))
    found = call.world.replication.jobs[name]
    _require(call, found.guest, privilege)
    return found


def _require(call: Call, vmid: int, privilege: str) -> None:
    """Since PVE 9 writing needs a right on the guest; before, the table asks for one on storages."""
    if privilege == "VM.Replicate" and not call.is_nine:
        return
    if not call.may(f"/vms/{vmid}", privilege):
        raise forbidden(f"Permission check failed (/vms/{vmid}, {privilege})")


def create(call: Call) -> None:
    """Make a job; its guest must have volumes that can be replicated."""
    vmid, number = (int(part) for part in call.params["id"].split("-"))
    _require(call, vmid, "VM.Replicate")
    call.world.require_quorum(call.node)
    target = call.params["target"]
    _check(call, _guest(call, vmid), target)
    if call.params["id"] in call.world.replication.jobs:
        raise failure(f"replication job '{call.params['id']}' already exists")
    given = {key: call.params[key] for key in OPTIONS if key in call.params}
    made = ReplicationJob(vmid, number, target, {"source": call.world.guests[vmid].node} | given)
    call.world.replication.jobs[made.id] = made


def _guest(call: Call, vmid: int) -> Guest:
    if vmid not in call.world.guests:
        raise failure(f"Guest '{vmid}' does not exist.")
    return call.world.guests[vmid]


def _check(call: Call, guest: Guest, target: str) -> None:
    source = call.param("source", guest.node)
    if target not in call.world.nodes:
        raise failure(f"Target '{target}' does not exist.")
    if source != guest.node:
        raise failure(f"Source '{source}' does not match current node of guest '{guest.vmid}' ({guest.node})")
    if target == guest.node:
        raise failure("Source and target must not be identical")
    if not call.world.replication.volumes(guest):
        raise failure("No replicatable volumes found")


def change(call: Call) -> None:
    """Change options of a job."""
    call.world.require_quorum(call.node)
    found = _found(call, "VM.Replicate", "no such job '{}'")
    if call.param("digest", _digest(call)) != _digest(call):
        raise failure(CHANGED)
    removed = split_list(call.param("delete", ""))
    for option in removed:
        if option not in OPTIONS:
            raise failure(f"{'unable to delete fixed' if option == 'target' else 'no such'} option '{option}'")
    found.given |= {key: call.params[key] for key in OPTIONS if key in call.params}
    for option in removed:
        found.given.pop(option, None)


def remove(call: Call) -> None:
    """Mark a job for removal, which its node carries out later; with `force` it is gone at once."""
    call.world.require_quorum(call.node)
    if call.param("force") and call.param("keep"):
        raise bad_parameters({"keep": "conflicts with parameter 'force'"})
    found = _found(call, "VM.Replicate", "no such job '{}'")
    if call.param("force"):
        del call.world.replication.jobs[found.id]
    else:
        found.given["remove_job"] = "local" if call.param("keep") else "full"


def on_node(call: Call) -> list[Row]:
    """List the jobs of guests that are now on this node, with their last and next run."""
    wanted = call.param("guest")
    here = [job for job in _visible(call) if _is_here(call, job) and wanted in (None, job.guest)]
    return [_state(call, job) for job in here]


def _is_here(call: Call, job: ReplicationJob) -> bool:
    guest = call.world.guests.get(job.guest)
    return guest is not None and guest.node == call.node


def _state(call: Call, job: ReplicationJob) -> Row:
    """Tell the state of a job; a disabled one is never due."""
    return {"source": call.node} | _row(job) | present(
        vmtype=call.world.guests[job.guest].type,
        last_sync=int(job.last_sync),
        last_try=int(job.last_try),
        next_sync=None if job.is_disabled else int(job.due),
        duration=round(job.duration, 6),
        fail_count=job.fail_count,
        error=job.error or None,
        pid=job.pid or None,
    )  # fmt: skip


def _here(call: Call) -> ReplicationJob:
    found = _found(call, "VM.Audit")
    if not _is_here(call, found):
        raise failure(f"no such replication job '{found.id}'")
    return found


def status(call: Call) -> Row:
    """Tell the state of one job."""
    return _state(call, _here(call))


def log(call: Call) -> Counted:
    """Give the log of the last run."""
    lines = _here(call).log or ["no content"]
    start, limit = call.param("start", 0), call.param("limit", DEFAULT_LINES)
    rows = [{"n": number, "t": line} for number, line in enumerate(lines, 1)]
    return Counted(rows[start : start + limit], len(rows))


def index(_call: Call) -> list[Row]:
    """Name what lies below a job."""
    return [{"name": name} for name in ("schedule_now", "log", "status")]


def schedule_now(call: Call) -> str:
    """Let a job run in the next round."""
    found = _found(call, "VM.Replicate")
    found.is_asked = True
    return found.id


HANDLERS: dict[str, Handler] = {
    "GET /cluster/replication": jobs,
    "POST /cluster/replication": create,
    "GET /cluster/replication/{id}": job,
    "PUT /cluster/replication/{id}": change,
    "DELETE /cluster/replication/{id}": remove,
    "GET /nodes/{node}/replication": on_node,
    "GET /nodes/{node}/replication/{id}": index,
    "GET /nodes/{node}/replication/{id}/status": status,
    "GET /nodes/{node}/replication/{id}/log": log,
    "POST /nodes/{node}/replication/{id}/schedule_now": schedule_now,
}
