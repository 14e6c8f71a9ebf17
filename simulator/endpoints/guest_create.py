# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""New guests: VMs with or without disks, containers from templates (pve-api.md 5)."""

from __future__ import annotations

import re
import uuid
from functools import partial

from simulator.answers import ApiError, bad_parameters, failure, forbidden
from simulator.world import new_volumes
from simulator.world.cgroups import weight_of
from simulator.world.errors import TaskFailed, WorldError
from simulator.world.ha_data import HaResource
from simulator.world.model import Guest
from simulator.world.power import run_action
from simulator.world.process import Body
from simulator.world.shape import DEFAULT_GUEST_MEMORY_MIB
from simulator.world.tasks import PowerLost, Task

from . import config_rights, network_cards, tags
from .call import Call, Handler

NOT_OPTIONS = {
    "qemu": {"node", "vmid", "force", "pool", "start", "storage", "archive", "unique", "bwlimit", "ha-managed", "live-restore",
             "import-working-storage"},
    "lxc": {"node", "vmid", "force", "pool", "start", "storage", "restore", "unique", "bwlimit", "ha-managed", "ostemplate",
            "password", "ssh-public-keys", "ignore-unpack-errors"},
}  # fmt: skip
CREATE_SECONDS = 0.5
VOLUME_SECONDS = 1.0
UNPACK_SECONDS = 4.0
DEFAULT_ROOTFS_GIB = 4


def create(kind: str, call: Call) -> str:
    """Create a guest; the answer is the UPID of the task, at whose end it can be used."""
    vmid = call.params["vmid"]
    call.world.require_quorum(call.node)
    _require_place(call)
    if call.param("archive") or call.param("restore"):
        raise bad_parameters({"archive" if kind == "qemu" else "restore": "restoring archives is not simulated"})
    guest = Guest(vmid, kind, call.node, {"lock": "create"})
    given = _given(kind, call)
    config_rights.require(call, guest, given, ())
    given = network_cards.completed(kind, call, given)
    config = _vm(call, given) if kind == "qemu" else _container(call, given)
    new_volumes.check(call.world, kind, call.node, config)
    named = {call.param("storage")} if call.param("storage") and kind == "qemu" else set()
    config_rights.require_storages(call, named | new_volumes.storages(kind, config))
    call.world.add_guest(guest)

    def body(task: Task) -> Body:
        return _made(call, guest, config, task)

    return call.world.tasks.start(
        call.node, "qmcreate" if kind == "qemu" else "vzcreate", str(vmid), call.caller, body
    ).upid


def _require_place(call: Call) -> None:
    """The pool exists, and the caller may put guests there, or have this number."""
    pool = call.param("pool")
    if pool is not None and pool not in call.world.pools:
        raise failure(f"pool '{pool}' does not exist")
    paths = [f"/vms/{call.params['vmid']}", *([f"/pool/{pool}"] if pool else [])]
    if not any(call.may(path, "VM.Allocate") for path in paths):
        raise forbidden("Permission check failed")


def _given(kind: str, call: Call) -> dict[str, object]:
    """What the config shall hold, as far as it was said."""
    given = {key: value for key, value in call.params.items() if key not in NOT_OPTIONS[kind]}
    if "tags" in given:
        given["tags"] = tags.normal(call, str(given["tags"]))
        tags.require(call, "", str(given["tags"]))
    return given


def _vm(call: Call, given: dict[str, object]) -> dict[str, object]:
    """Add what the daemons make up; storages without a name are the default one."""
    storage = call.param("storage")
    config = {key: _on_default(str(value), storage) if storage else value for key, value in given.items()}
    if "cpuunits" in given:
        config["cpuunits"] = weight_of(given["cpuunits"])
    made = {"smbios1": f"uuid={_uuid(call)}", "vmgenid": _uuid(call), "boot": _boot_order(config)}
    made["meta"] = f"creation-qemu=10.1.2,ctime={int(call.world.clock.now)}"
    return made | config


def _on_default(value: str, storage: str) -> str:
    return f"{storage}:{value}" if re.fullmatch(r"\d+(\.\d+)?(,.*)?", value) else value


def _boot_order(config: dict[str, object]) -> str:
    """The first disk and the first network card; a blank when there is neither."""
    disks = [key for key in sorted(config) if re.fullmatch(r"(ide|sata|scsi|virtio)\d+", key)]
    first = [key for key in disks if "media=cdrom" not in str(config[key]) and config[key] != "none"][:1]
    cards = [key for key in sorted(config) if re.fullmatch(r"net\d+", key)][:1]
    return f"order={';'.join([*first, *cards])}" if first or cards else " "


def _container(call: Call, given: dict[str, object]) -> dict[str, object]:
    """Add defaults; without a root file system it gets one on the storage named, by default `local`."""
    template = str(call.params["ostemplate"])
    found = re.search(r"vztmpl/([a-z]+)", template)
    config: dict[str, object] = {
        "ostype": found[1] if found else "unmanaged",
        "arch": "amd64",
        "hostname": f"CT{call.params['vmid']}",
        "memory": DEFAULT_GUEST_MEMORY_MIB,
        "swap": DEFAULT_GUEST_MEMORY_MIB,
        "rootfs": f"{call.param('storage', 'local')}:{DEFAULT_ROOTFS_GIB}",
    }
    new_volumes.usable(call.world, template.partition(":")[0], call.node)
    return config | given


def _uuid(call: Call) -> str:
    return str(uuid.UUID(int=call.order.getrandbits(128), version=4))


def _made(call: Call, guest: Guest, config: dict[str, object], task: Task) -> Body:
    """Make volumes and write the config; a guest that cannot be made is gone again."""
    world = call.world
    try:
        yield from world.suffer(task, "prepare")
        yield from _wait_for_volumes(guest, config)
        world.change_config(guest, new_volumes.allocate(world, guest, config), ("lock",))
    except PowerLost:
        raise
    except TaskFailed as problem:
        world.remove_guest(guest.vmid)
        raise TaskFailed(f"unable to create {guest.word} {guest.vmid} - {problem}") from problem
    yield CREATE_SECONDS
    if call.param("pool"):
        world.pools[call.param("pool")].vmids.add(guest.vmid)
    _finish(call, guest, task)


def _wait_for_volumes(guest: Guest, config: dict[str, object]) -> Body:
    """A VM without new disks is there at once; a template takes longer to unpack than a disk to make."""
    number = len(new_volumes.wanted(guest.type, config))
    if number:
        yield VOLUME_SECONDS * number + (UNPACK_SECONDS if guest.type == "lxc" else 0.0)


def _finish(call: Call, guest: Guest, task: Task) -> None:
    """Put the guest under HA and start it, as far as that was asked for; the HA manager starts what is its own."""
    state = "started" if call.param("start") else "stopped"
    try:
        if call.param("ha-managed"):
            call.world.ha.add_resource(HaResource(guest.sid, state=state, given={"state": state}))
        elif call.param("start"):
            task.print("Execute autostart")
            run_action(call.world, guest, "start", call.caller)
    except (ApiError, WorldError) as problem:
        task.warn(str(problem))


HANDLERS: dict[str, Handler] = {
    "POST /nodes/{node}/qemu": partial(create, "qemu"),
    "POST /nodes/{node}/lxc": partial(create, "lxc"),
}
