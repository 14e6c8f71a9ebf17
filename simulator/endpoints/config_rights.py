# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Which privilege each option of a guest's config takes (pve-api.md 2.5, 5.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from simulator.answers import failure, forbidden
from simulator.validate import split_properties
from simulator.world.model import Guest

from .call import Call

GENERAL = (
    "agent autostart bios description keyboard localtime migrate_downtime migrate_speed name onboot ostype protection reboot"
    " startdate startup tdf template tags"
)
# Patterns of option names, and the privileges of which one is enough.
VM = (
    (r"cores|cpu|cpulimit|cpuunits|numa\d*|smp|sockets|vcpus", ("CPU",)),
    (r"memory|balloon|shares|allow-ksm", ("Memory",)),
    (r"acpi|hotplug|kvm|machine|scsihw|smbios1|tablet|vga|watchdog|audio0|rng0|vmgenid|virtiofs\d+", ("HWType",)),
    (GENERAL.replace(" ", "|"), ("Options",)),
    (r"boot|bootdisk|vmstatestorage|unused\d+", ("Disk",)),
    (r"net\d+", ("Network",)),
    (r"ci(custom|password|type|user|upgrade)|nameserver|searchdomain|sshkeys|ipconfig\d+", ("Cloudinit", "Network")),
)
CONTAINER = (
    (r"cores|cpuunits|cpulimit", ("CPU",)),
    (r"memory|swap", ("Memory",)),
    (r"rootfs|mp\d+|unused\d+", ("Disk",)),
    (r"net\d+|nameserver|searchdomain|hostname", ("Network",)),
    (r".*", ("Options",)),
)
DRIVE = r"(ide|sata|scsi|virtio)\d+|efidisk0|tpmstate0"


def require(call: Call, guest: Guest, given: Mapping[str, object], delete: Iterable[str]) -> None:
    """Raise 403 (or 500 for what is root's alone) unless the caller may change all these options."""
    if call.caller.is_root:
        return
    for option, value in [*((name, guest.config.get(name)) for name in delete), *given.items()]:
        _require_one(call, guest, option, str(value or ""))


def _require_one(call: Call, guest: Guest, option: str, value: str) -> None:
    if option == "freeze":
        _need(call, guest, "VM.PowerMgmt")
    elif guest.type == "qemu" and re.fullmatch(DRIVE, option):
        is_cdrom = value in ("none", "cdrom") or "media=cdrom" in value
        _need(call, guest, "VM.Config.CDROM" if is_cdrom else "VM.Config.Disk")
    elif guest.type == "qemu" and re.fullmatch(r"(hostpci|usb|serial|parallel)\d+", option):
        _require_device(call, guest, option, value)
    else:
        _require_area(call, guest, option, value)


def _require_area(call: Call, guest: Guest, option: str, value: str) -> None:
    table = VM if guest.type == "qemu" else CONTAINER
    areas = next((areas for pattern, areas in table if re.fullmatch(pattern, option)), None)
    if areas is None:
        raise failure(f"only root can set '{option}' config")
    _need(call, guest, *(f"VM.Config.{area}" for area in areas))
    if re.fullmatch(r"net\d+", option):
        _require_bridge(call, value)
    if guest.type == "qemu" and option == "startup" and not call.may("/", "Sys.Modify"):
        raise forbidden("Permission check failed (/, Sys.Modify)")


def _require_device(call: Call, guest: Guest, option: str, value: str) -> None:
    """Real devices are root's alone; mapped ones, spice and sockets are not."""
    if "mapping=" not in value and "spice" not in value and value != "socket":
        real = "non-mapped" if option.startswith("hostpci") else "real"
        raise failure(f"only root can set '{option}' config for {real} devices")
    _need(call, guest, "VM.Config.HWType")


def require_storages(call: Call, names: Iterable[str]) -> None:
    """Raise 403 unless the caller may make volumes on all these storages."""
    for name in sorted(names):
        if not call.may(f"/storage/{name}", "Datastore.AllocateSpace"):
            raise forbidden(f"Permission check failed (/storage/{name}, Datastore.AllocateSpace)")


def _require_bridge(call: Call, value: str) -> None:
    """Whoever connects a guest with a bridge must be allowed to use that (since PVE 8)."""
    bridge = split_properties(value).get("bridge")
    if bridge and not call.may(f"/sdn/zones/localnetwork/{bridge}", "SDN.Use"):
        raise forbidden(f"Permission check failed (/sdn/zones/localnetwork/{bridge}, SDN.Use)")


def _need(call: Call, guest: Guest, *privileges: str) -> None:
    """Any of them is enough; a new guest may have them from its pool."""
    path, pool = f"/vms/{guest.vmid}", call.param("pool")
    places = [path, *([f"/pool/{pool}"] if pool else [])]
    if not any(call.may(place, privilege) for place in places for privilege in privileges):
        raise forbidden(f"Permission check failed ({path}, {'|'.join(privileges)})")
