# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Configurations of guests: reading and changing (pve-api.md 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from simulator.answers import ApiError, bad_parameters, failure
from simulator.table.formats import split_list
from simulator.table.guest_options import LXC_OPTIONS, QEMU_OPTIONS
from simulator.world import config_edit, new_volumes
from simulator.world.cgroups import weight_of
from simulator.world.config_edit import Edit
from simulator.world.errors import TaskFailed, WorldError
from simulator.world.model import Guest
from simulator.world.process import Body
from simulator.world.tasks import Task

from . import config_rights, network_cards, tags
from .call import Call, Handler, Row, digest_of
from .guests import guest_of, require_root_for_skiplock
from .snapshots import snapshot_of

OPTIONS = {"qemu": QEMU_OPTIONS, "lxc": LXC_OPTIONS}
NOT_OPTIONS = ("node", "vmid", "delete", "revert", "digest", "force", "skiplock", "background_delay",
               "import-working-storage")  # fmt: skip
CHANGED = "detected modified configuration - file changed by other user? Try again."
# Older daemons have a slip of the pen in it.
VM_CHANGED = {
    True: "checksum mismatch (file change by other user?)",
    False: "checksum missmatch (file change by other user?)",
}
BOTH = "cannot use 'snapshot' parameter with 'current'"
WORKING_SECONDS = 1.0


def read(kind: str, call: Call) -> Row:
    """Give the configuration as it will be after the next start, or as it is (`current`), or that of a snapshot."""
    guest = guest_of(call, kind)
    if call.param("snapshot") and call.param("current"):
        raise bad_parameters({"snapshot": BOTH, "current": BOTH})
    if call.param("snapshot"):
        return shown(guest, snapshot_of(guest, call.param("snapshot")).full_config()) | {"digest": digest(guest)}
    config = guest.config if call.param("current") else guest.pending.merged(guest.config)
    return _present(guest, config) | {"digest": digest(guest)}


def _present(guest: Guest, config: Mapping[str, object]) -> Row:
    """Give a config of now, which names the snapshot that came last."""
    return shown(guest, config) | ({"parent": guest.snapshots[-1].name} if guest.snapshots else {})


def shown(guest: Guest, config: Mapping[str, object]) -> Row:
    """Give options in the types that the API answers."""
    return {key: _as_json(guest.type, key, value) for key, value in config.items()}


def _as_json(kind: str, key: str, value: object) -> Any:
    """Whole numbers and booleans are numbers, all else is text, fractions among it."""
    param = next((p for p in OPTIONS[kind] if p.matches(key)), None)
    if param is None:
        return value
    if param.type == "number":
        return f"{float(str(value)):g}"
    return str(value) if param.type == "string" else int(str(value))


def digest(guest: Guest) -> str:
    """Give the digest of the file, in which pending changes stand too."""
    waiting = {"pending": [guest.pending.values, guest.pending.removals]} if guest.pending else {}
    return digest_of(guest.config | waiting)


def pending(kind: str, call: Call) -> list[Row]:
    """List options with their values in force, and what waits for the next start."""
    guest = guest_of(call, kind)
    values, removals = shown(guest, guest.pending.values), guest.pending.removals
    rows = []
    for key, value in (_present(guest, guest.config) | {"digest": digest(guest)}).items():
        new = {"pending": values[key]} if key in values else {}
        gone = {"delete": removals[key]} if key in removals else {}
        rows.append({"key": key, "value": value} | new | gone)
    return rows + [{"key": key, "pending": value} for key, value in values.items() if key not in guest.config]


def change(kind: str, call: Call) -> None:
    """Change a configuration at once."""
    guest, edit = _asked(kind, call)
    _check(call, guest, edit)
    if not call.world.is_quorate(call.node):
        raise failure(_unwritable(call, guest))
    try:
        config_edit.carry_out(call.world, guest, _with_volumes(call, guest, edit))
    except TaskFailed as problem:
        raise failure(str(problem)) from problem


def _with_volumes(call: Call, guest: Guest, edit: Edit) -> Edit:
    return replace(edit, values=new_volumes.allocate(call.world, guest, edit.values))


def change_as_task(call: Call) -> str | None:
    """Change a VM's configuration in a task; the answer is its UPID, or nothing when it ends within `background_delay`."""
    guest, edit = _asked("qemu", call)
    _check(call, guest, edit)
    words = " ".join(f"-{name} {value}" for name, value in sorted(_told(call).items()))

    def body(task: Task) -> Body:
        task.print(f"update VM {guest.vmid}: {words}")
        yield from call.world.suffer(task, "prepare")
        _change_in_task(call, guest, edit)
        if not call.param("background_delay"):
            yield WORKING_SECONDS

    task = call.world.tasks.start(call.node, "qmconfig", str(guest.vmid), call.caller, body)
    if task.is_running or not call.param("background_delay"):
        return task.upid
    if task.exitstatus != "OK":
        raise failure(f"failed to update VM {guest.vmid}: {task.exitstatus}")
    return None


def _told(call: Call) -> Row:
    """List what the log of the task names."""
    return {
        key: value for key, value in call.params.items() if key not in ("node", "vmid", "digest", "background_delay")
    }


def _change_in_task(call: Call, guest: Guest, edit: Edit) -> None:
    try:
        _check(call, guest, edit)
        if not call.world.is_quorate(call.node):
            raise TaskFailed(_unwritable(call, guest))
        config_edit.carry_out(call.world, guest, _with_volumes(call, guest, edit))
    except (ApiError, WorldError) as refusal:
        raise TaskFailed(str(refusal)) from refusal


def _asked(kind: str, call: Call) -> tuple[Guest, Edit]:
    """Read what shall be changed; raise when that is nonsense, or nothing that the caller may change."""
    require_root_for_skiplock(call)
    values = {key: value for key, value in call.params.items() if key not in NOT_OPTIONS}
    delete, revert = split_list(call.param("delete", "")), split_list(call.param("revert", ""))
    if not values and not delete and not revert:
        raise failure("no options specified")
    _require_sense(kind, set(values), (delete, revert))
    guest = guest_of(call, kind)
    config_rights.require(call, guest, values, delete if kind == "qemu" else [*delete, *revert])
    if "tags" in values or "tags" in delete:
        values |= {"tags": tags.normal(call, str(values["tags"]))} if "tags" in values else {}
        tags.require(call, guest.tags, str(values.get("tags", "")))
    if kind == "qemu" and "cpuunits" in values:
        values["cpuunits"] = weight_of(values["cpuunits"])
    new_volumes.check(call.world, kind, call.node, values)
    config_rights.require_storages(call, new_volumes.storages(kind, values))
    values = network_cards.completed(kind, call, values)
    return guest, Edit(values, tuple(delete), tuple(revert), is_forced=bool(call.param("force")))


def _require_sense(kind: str, named: set[str], lists: tuple[list[str], list[str]]) -> None:
    """Raise 400 for options that nobody knows, and for those that are to be changed in two ways at once."""
    delete, revert = lists
    for option in revert:
        _require_known(kind, option, "revert")
        if option in named:
            key = "delete" if kind == "qemu" else "revert"
            raise bad_parameters({key: f"you can't use '-{option}' and '-revert {option}' at the same time"})
    for option in delete:
        _require_known(kind, option, "delete")
        if option in named:
            raise bad_parameters({"delete": f"you can't use '-{option}' and -delete {option}' at the same time"})
        if option in revert:
            key = "revert" if kind == "qemu" else "delete"
            raise bad_parameters({key: f"you can't use '-delete {option}' and '-revert {option}' at the same time"})


def _require_known(kind: str, option: str, key: str) -> None:
    if not any(param.matches(option) for param in OPTIONS[kind]):
        raise bad_parameters({key: f"unknown option '{option}'"})


def _check(call: Call, guest: Guest, edit: Edit) -> None:
    """Raise when somebody else has changed the file or works on the guest; containers look at the lock first."""
    has_changed = call.param("digest", digest(guest)) != digest(guest)
    if guest.type == "qemu" and has_changed:
        raise failure(VM_CHANGED[call.is_nine])
    if guest.lock and not call.param("skiplock"):
        raise failure(f"{guest.word} is locked ({guest.lock})")
    if has_changed:
        raise failure(CHANGED)
    config_edit.check(guest, edit)


def _unwritable(call: Call, guest: Guest) -> str:
    number = call.order.randrange(1000, 99999)
    return f"unable to open file '/etc/pve/{guest.config_path}.tmp.{number}' - Permission denied"


HANDLERS: dict[str, Handler] = {"POST /nodes/{node}/qemu/{vmid}/config": change_as_task}
for _kind in ("qemu", "lxc"):
    _base = f"/nodes/{{node}}/{_kind}/{{vmid}}"
    HANDLERS |= {
        f"GET {_base}/config": partial(read, _kind),
        f"PUT {_base}/config": partial(change, _kind),
        f"GET {_base}/pending": partial(pending, _kind),
    }
