# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Configurations of guests: reading, changing, creating (pve-api.md 5.3)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from simulator.answers import bad_parameters, failure, forbidden
from simulator.table.formats import split_list
from simulator.table.guest_options import LXC_OPTIONS, QEMU_OPTIONS
from simulator.world.model import Guest
from simulator.world.process import Body
from simulator.world.tasks import Task

from . import tags
from .call import Call, Handler, Row, digest_of
from .guests import guest_of, require_root_for_skiplock
from .snapshots import snapshot_of

OPTIONS = {"qemu": QEMU_OPTIONS, "lxc": LXC_OPTIONS}
NOT_OPTIONS = ("node", "vmid", "delete", "revert", "digest", "force", "skiplock", "background_delay", "background")
CREATE_ONLY = ("pool", "start", "storage", "archive", "unique", "bwlimit", "ha-managed", "live-restore")
CHANGED = "detected modified configuration - file changed by other user? Try again."
CREATE_SECONDS = 1.0
AREAS = (
    ("VM.Config.Memory", ("memory", "balloon", "shares", "swap")),
    ("VM.Config.CPU", ("cores", "sockets", "cpu", "cpulimit", "cpuunits", "vcpus", "numa", "affinity")),
    ("VM.Config.Options", ("name", "hostname", "description", "onboot", "tags", "startup", "protection", "template")),
    ("VM.Config.Network", ("net", "nameserver", "searchdomain")),
    ("VM.Config.Disk", ("scsi", "virtio", "sata", "ide", "rootfs", "mp", "unused", "efidisk", "tpmstate")),
)


def read(kind: str, call: Call) -> Row:
    """Give the configuration; numbers and booleans of VMs as numbers, all else as text."""
    guest = guest_of(call, kind)
    if call.param("snapshot"):
        return shown(guest, snapshot_of(guest, call.param("snapshot")).full_config()) | {"digest": _digest(guest)}
    return _present(guest) | {"digest": _digest(guest)}


def _present(guest: Guest) -> Row:
    """Give the present config, which names the snapshot that came last."""
    return shown(guest, guest.config) | ({"parent": guest.snapshots[-1].name} if guest.snapshots else {})


def shown(guest: Guest, config: Mapping[str, object]) -> Row:
    """Give options in the types that the API answers."""
    return {key: _as_json(guest.type, key, value) for key, value in config.items()}


def _as_json(kind: str, key: str, value: object) -> Any:
    param = next((p for p in OPTIONS[kind] if p.matches(key)), None)
    if param is None or param.type == "string" or not isinstance(value, str):
        return str(value) if param is not None and param.type == "string" else value
    return float(value) if param.type == "number" and "." in value else int(value)


def _digest(guest: Guest) -> str:
    return digest_of(guest.config)


def pending(kind: str, call: Call) -> list[Row]:
    """List options with their values; this simulator applies every change at once, so nothing is pending."""
    guest = guest_of(call, kind)
    return [{"key": key, "value": value} for key, value in (_present(guest) | {"digest": _digest(guest)}).items()]


def change(kind: str, call: Call) -> None:
    """Change a configuration at once."""
    guest = guest_of(call, kind)
    require_root_for_skiplock(call)
    _may_change(call, guest)
    if not call.world.is_quorate(call.node):
        raise failure(_unwritable(call, guest))
    if call.param("digest", _digest(guest)) != _digest(guest):
        raise failure(CHANGED)
    if guest.lock and not call.param("skiplock"):
        raise failure(f"{guest.word} is locked ({guest.lock})")
    call.world.change_config(guest, _options(call), tuple(split_list(call.param("delete", ""))))


def _unwritable(call: Call, guest: Guest) -> str:
    number = call.order.randrange(1000, 99999)
    return f"unable to open file '/etc/pve/{guest.config_path}.tmp.{number}' - Permission denied"


def _options(call: Call) -> dict[str, object]:
    given = {key: value for key, value in call.params.items() if key not in (*NOT_OPTIONS, *CREATE_ONLY)}
    if "tags" in given:
        given["tags"] = tags.normal(call, str(given["tags"]))
    return given


def _may_change(call: Call, guest: Guest) -> None:
    """Check the privilege of each option's area; locks are root's alone."""
    names = [*_options(call), *split_list(call.param("delete", ""))]
    if "lock" in names and not call.caller.is_root:
        raise failure("only root can set 'lock' config")
    for name in names:
        _require(call, guest, name)
    if "tags" in names:
        tags.require(call, guest.tags, str(_options(call).get("tags", "")))


def _require(call: Call, guest: Guest, option: str) -> None:
    stem = option.rstrip("0123456789")
    privilege = next((p for p, stems in AREAS if option in stems or stem in stems), "VM.Config.Options")
    if not call.may(f"/vms/{guest.vmid}", privilege):
        raise forbidden(f"Permission check failed (/vms/{guest.vmid}, {privilege})")


def change_as_task(call: Call) -> str:
    """Change a VM's configuration in a task."""
    change("qemu", call)
    return _task(call, "qmconfig")


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


HANDLERS: dict[str, Handler] = {
    "POST /nodes/{node}/qemu": create,
    "POST /nodes/{node}/qemu/{vmid}/config": change_as_task,
}
for _kind in ("qemu", "lxc"):
    _base = f"/nodes/{{node}}/{_kind}/{{vmid}}"
    HANDLERS |= {
        f"GET {_base}/config": partial(read, _kind),
        f"PUT {_base}/config": partial(change, _kind),
        f"GET {_base}/pending": partial(pending, _kind),
    }
