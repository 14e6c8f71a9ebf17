# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""New guests (pve-api.md 5)."""

from __future__ import annotations

import uuid

from simulator.answers import bad_parameters, forbidden
from simulator.world.model import Guest
from simulator.world.process import Body
from simulator.world.tasks import Task

from . import tags
from .call import Call, Handler

NOT_OPTIONS = (
    "node",
    "vmid",
    "force",
    "pool",
    "start",
    "storage",
    "archive",
    "unique",
    "bwlimit",
    "ha-managed",
    "live-restore",
)
CREATE_SECONDS = 1.0


def create(call: Call) -> str:
    """Create a diskless VM or one with the drives named; the answer is the UPID of the task."""
    vmid = call.params["vmid"]
    if not call.may(f"/vms/{vmid}", "VM.Allocate"):
        raise forbidden(f"Permission check failed (/vms/{vmid}, VM.Allocate)")
    call.world.require_quorum(call.node)
    if "archive" in call.params:
        raise bad_parameters({"archive": "restoring archives is not simulated"})
    guest = Guest(vmid, "qemu", call.node, _new_config(call))
    call.world.add_guest(guest)
    _join_pool(call, vmid)
    return _task(call, "qmcreate")


def _new_config(call: Call) -> dict[str, object]:
    made = {"boot": " ", "smbios1": f"uuid={_uuid(call)}", "vmgenid": _uuid(call)}
    made["meta"] = f"creation-qemu=10.1.2,ctime={int(call.world.clock.now)}"
    return made | _options(call)


def _options(call: Call) -> dict[str, object]:
    given = {key: value for key, value in call.params.items() if key not in NOT_OPTIONS}
    if "tags" in given:
        given["tags"] = tags.normal(call, str(given["tags"]))
    return given


def _uuid(call: Call) -> str:
    return str(uuid.UUID(int=call.order.getrandbits(128), version=4))


def _join_pool(call: Call, vmid: int) -> None:
    pool = call.world.pools.get(call.param("pool", ""))
    if pool is not None:
        pool.vmids.add(vmid)


def _task(call: Call, kind: str) -> str:
    def body(_task: Task) -> Body:
        yield CREATE_SECONDS

    return call.world.tasks.start(call.node, kind, str(call.params["vmid"]), call.caller, body).upid


HANDLERS: dict[str, Handler] = {"POST /nodes/{node}/qemu": create}
