# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What PVE's own check says against moving a virtual machine (pve-api 6.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Obstacle, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.containers import SNAPSHOT_TYPES, copied_bytes, dragged_by
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Json, Row, flag, items, number

# What a reason against a node is about, and the words for it. The first two spellings are PVE's own.
NODE_REASONS = {
    "unavailable_storages": ("storage", "storage {what} is not available there"),
    "unavailable-resources": ("devices", "mapped device {what} does not exist there"),
    "blocking-ha-resources": ("ha", "HA keeps it apart from {what}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What else bears on a machine's disks: kinds of local storages by name, and whether it has replication jobs."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    is_replicated: bool = False


NOTHING_KNOWN = Around()


def machine_precondition(answer: Row, guest: Guest, policy: Policy, around: Around = NOTHING_KNOWN) -> Precondition:
    """The answer of GET migrate in our words.

    `allowed_nodes` is not used: it holds dead nodes too, and `not_allowed_nodes` holds allowed ones.
    """
    closed = _closed(answer.get("not_allowed_nodes"))
    local = answer.get("local_disks") or []
    disks = next(chain(_disk_reasons(local, policy), _snapshot_reasons(local, guest, around)), None)
    return Precondition(
        by_node=closed["other"],
        storage=Obstacle(anywhere=disks, by_node=closed["storage"]),
        devices=Obstacle(anywhere=next(_device_reasons(answer, guest), None), by_node=closed["devices"]),
        ha=Obstacle(by_node=closed["ha"]),
        dragged=dragged_by(answer),
        copied=copied_bytes(machine_volumes(answer)),
        keeps_connections=flag(answer.get("has-dbus-vmstate")),
    )


def machine_volumes(answer: Row) -> Iterator[tuple[str, float | None]]:
    """(storage, bytes) of the volumes that are copied when the machine moves."""
    for disk in answer.get("local_disks") or []:
        if not flag(disk.get("cdrom")) or flag(disk.get("is_cloudinit")):
            yield str(disk.get("volid")).partition(":")[0], number(disk.get("size"))


def _closed(nodes: Json) -> dict[str, dict[str, str]]:
    """Reasons by what they are about and by node; those of a later version are about other things."""
    found: dict[str, dict[str, str]] = {"storage": {}, "devices": {}, "ha": {}, "other": {}}
    for node, reasons in nodes.items() if isinstance(nodes, dict) else ():
        for kind, what in sorted(reasons.items()) if isinstance(reasons, dict) else ():
            if what:
                subject, words = NODE_REASONS.get(kind, ("other", f"{kind}: {{what}}"))
                found[subject][str(node)] = words.format(what=", ".join(map(_name_of, what)))
    return found


def _name_of(item: Json) -> str:
    return str(item.get("sid", item)) if isinstance(item, dict) else str(item)


def _device_reasons(answer: Row, guest: Guest) -> Iterator[str]:
    mapped = _mapped(answer)
    devices = [key for key in items(answer.get("local_resources")) if key not in mapped]
    if devices:
        yield f"it uses {', '.join(devices)} of its node"
    stuck = [key for key, live in sorted(mapped.items()) if not live]
    if guest.is_active and stuck:
        yield f"its mapped device {', '.join(stuck)} cannot be moved while it runs"


def _mapped(answer: Row) -> Mapping[str, bool]:
    """Mapped devices, and whether each can be moved live; before PVE 8.4 that was not told."""
    mapped = dict.fromkeys(items(answer.get("mapped-resources")), False)
    info = answer.get("mapped-resource-info")
    for key, entry in info.items() if isinstance(info, dict) else ():
        mapped[str(key)] = isinstance(entry, dict) and flag(entry.get("live-migration"))
    return mapped


def _disk_reasons(disks: Json, policy: Policy) -> Iterator[str]:
    """CD images cannot be copied; cloud-init drives always are; the rest only if the policy wants it."""
    discs = [disk for disk in disks if flag(disk.get("cdrom")) and not flag(disk.get("is_cloudinit"))]
    if discs:
        yield f"CD image {_names(discs)} is only on its node; eject it"
    copied = [disk for disk in disks if not flag(disk.get("cdrom")) and not flag(disk.get("is_cloudinit"))]
    if copied and not policy.with_local_disks:
        yield f"it has local disks {_names(copied)} (with_local_disks is off)"
    paths = [disk for disk in copied if str(disk.get("volid")).startswith("/")]
    if paths:
        yield f"its disk {_names(paths)} is a path of its node and cannot be copied"


def _snapshot_reasons(disks: Json, guest: Guest, around: Around) -> Iterator[str]:
    """Snapshots go along with what is replicated, or with a machine that is off, where the storage can send them."""
    held = [disk for disk in disks if disk.get("referenced_in_snapshot")]
    left = [disk for disk in held if not (around.is_replicated and flag(disk.get("replicate")))]
    if left and guest.is_active:
        yield f"local disk {_names(left)} is part of a snapshot and cannot be copied while it runs"
    stuck = [disk for disk in left if not _sends_snapshots(str(disk.get("volid")), around)]
    if stuck:
        yield f"local disk {_names(stuck)} is part of a snapshot, which its storage cannot send"


def _sends_snapshots(volid: str, around: Around) -> bool:
    """A kind that nobody can see is left to PVE."""
    kind = around.kinds.get(volid.partition(":")[0])
    return kind is None or kind in SNAPSHOT_TYPES or volid.endswith(".qcow2")


def _names(disks: Json) -> str:
    return ", ".join(sorted(str(disk.get("volid") or disk.get("drivename")) for disk in disks))
