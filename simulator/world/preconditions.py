# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What stands against a migration, told before it starts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .drives import Drive
from .errors import refused
from .move import MigrateRequest, is_local
from .snapshots import holders, state_drives

if TYPE_CHECKING:
    from .model import DeviceMapping, Guest
    from .world import World

DEVICE = re.compile(r"^(?:(?:hostpci|usb|serial|parallel|virtiofs)\d+|ivshmem|amd-sev|intel-tdx)$")
HARMLESS = {"usb": "spice", "serial": "socket"}
MAPPING_KINDS = {"hostpci": "pci", "usb": "usb", "virtiofs": "dir"}


def preconditions(world: World, guest: Guest) -> dict[str, object]:
    """The answer of GET migrate for this guest; 500 without quorum or on a locked VM."""
    world.require_quorum(guest.node)
    if guest.type == "lxc":
        return _of_container(world, guest)
    if guest.lock:
        raise refused(f"VM is locked ({guest.lock})")
    reasons = {name: _reasons(world, guest, name) for name in world.nodes if name != guest.node}
    mapped = mapped_devices(world, guest)
    answer: dict[str, object] = {
        "running": int(guest.is_running),
        "allowed_nodes": [name for name, reason in reasons.items() if not reason],
        "not_allowed_nodes": reasons,
        "local_disks": [_disk(guest, drive) for drive in _volumes(guest) if _is_told(world, drive)],
        "local_resources": local_devices(guest),
        "mapped-resources": list(mapped),
        "mapped-resource-info": {key: _mapping_info(mapping) for key, mapping in mapped.items()},
    }
    if world.is_pve9:
        answer["has-dbus-vmstate"] = 1
        answer["dependent-ha-resources"] = world.ha.comigrated(guest.sid)
    return answer


def storage_problem(world: World, guest: Guest, request: MigrateRequest) -> str | None:
    """Why the volumes of a VM cannot be on the target, or None."""
    for drive in guest.drives():
        storage = world.storages.get(drive.storage or "")
        if storage is None:
            continue
        name = storage.name if storage.is_shared else request.storage_for(storage.name)
        problem = _storage_text(world, name, request.target) or _content_text(world, name, drive)
        if problem:
            return problem
    return None


def _content_text(world: World, name: str, drive: Drive) -> str | None:
    kind = "iso" if ":iso/" in drive.volid else "images"
    if kind in world.storages[name].content:
        return None
    return f"{drive.volid}: content type '{kind}' is not available on storage '{name}'"


def device_problem(world: World, guest: Guest, target: str) -> str | None:
    """Why devices of the host hold a VM back, or None."""
    mapped = mapped_devices(world, guest)
    blocking = [key for key in local_devices(guest) if key not in mapped]
    if blocking:
        return f"can't migrate VM which uses local devices: {', '.join(blocking)}"
    missing = [key for key, mapping in mapped.items() if target not in mapping.entries]
    if missing:
        return f"can't migrate to '{target}': missing mapped devices {', '.join(missing)}"
    still = [f"{key}:{mapping.name}" for key, mapping in mapped.items() if not mapping.live_migration]
    if guest.is_running and still:
        return f"can't live migrate running VM which uses following mapped devices: {', '.join(still)}"
    return None


def local_devices(guest: Guest) -> list[str]:
    """Config keys of devices that belong to the host."""
    return [key for key in sorted(guest.config) if DEVICE.match(key) and not _is_harmless(key, guest.config[key])]


def mapped_devices(world: World, guest: Guest) -> dict[str, DeviceMapping]:
    """Config keys of devices that are named by a cluster-wide mapping."""
    found = {}
    for key in local_devices(guest):
        kind = MAPPING_KINDS.get(key.rstrip("0123456789"))
        name = re.search(r"(?:mapping|dirid)=([^,]+)", str(guest.config[key]))
        mapping = world.mappings.get((kind, name[1])) if kind and name else None
        if mapping is not None:
            found[key] = mapping
    return found


def _is_harmless(key: str, value: object) -> bool:
    kind = key.rstrip("0123456789")
    word = HARMLESS.get(kind)
    return word is not None and str(value).removeprefix("host=").split(",")[0] == word


def _storage_text(world: World, name: str, node: str) -> str | None:
    storage = world.storages.get(name)
    if storage is None:
        return f"storage '{name}' does not exist"
    if not storage.is_enabled:
        return f"storage '{name}' is disabled"
    return None if storage.is_usable_on(node) else f"storage '{name}' is not available on node '{node}'"


def _reasons(world: World, guest: Guest, name: str) -> dict[str, object]:
    used = {drive.storage for drive in guest.drives() if drive.storage in world.storages}
    storages = sorted(str(used_name) for used_name in used if not world.storages[str(used_name)].is_usable_on(name))
    missing = [key for key, mapping in mapped_devices(world, guest).items() if name not in mapping.entries]
    blocking = world.ha.blocking(guest.sid, name) if world.is_pve9 else []
    found = {"unavailable_storages": storages, "unavailable-resources": missing, "blocking-ha-resources": blocking}
    return {key: value for key, value in found.items() if value}


def _of_container(world: World, guest: Guest) -> dict[str, object]:
    """Containers have only HA reasons, and other spellings."""
    others = [name for name in world.nodes if name != guest.node]
    blocked = {name: blocking for name in others if (blocking := world.ha.blocking(guest.sid, name))}
    return {
        "running": int(guest.is_running),
        "allowed-nodes": [name for name in others if name not in blocked],
        "not-allowed-nodes": {name: {"blocking-ha-resources": blocking} for name, blocking in blocked.items()},
        "dependent-ha-resources": world.ha.comigrated(guest.sid),
    }


def _mapping_info(mapping: DeviceMapping) -> dict[str, object]:
    info: dict[str, object] = {"name": mapping.name}
    return info | {"live-migration": 1} if mapping.live_migration else info


def _is_told(world: World, drive: Drive) -> bool:
    """Volumes, devices and files that only this node has."""
    return is_local(world, drive) or drive.is_bound


def _volumes(guest: Guest) -> list[Drive]:
    return [*guest.drives(), *state_drives(guest)]


def _disk(guest: Guest, drive: Drive) -> dict[str, object]:
    is_state = drive.key == "vmstate"
    row: dict[str, object] = {
        "volid": drive.volid,
        "cdrom": int(drive.is_cdrom and not drive.is_cloudinit),
        "is_attached": int(not drive.is_unused and not is_state),
        "is_unused": int(drive.is_unused),
        "is_cloudinit": int(drive.is_cloudinit),
        "is_tpmstate": int(drive.key == "tpmstate0"),
        "is_vmstate": int(is_state),
        "shared": 0,
        "replicate": int(drive.options.get("replicate") != "0"),
    }
    if names := holders(guest, drive.volid):
        row["referenced_in_snapshot"] = dict.fromkeys(names, 1)
    row |= {} if is_state else {"drivename": drive.key}
    return row | {"size": drive.size} if drive.size is not None else row
