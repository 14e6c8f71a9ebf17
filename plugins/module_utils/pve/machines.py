# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What PVE's own check says against moving a virtual machine (pve-api 6.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Obstacle, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.containers import copied_bytes, dragged_by
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Json, Row, flag, items, number

# What a reason against a node is about, and the words for it. The first two spellings are PVE's own.
NODE_REASONS = {
    "unavailable_storages": ("storage", "storage {what} is not available there"),
    "unavailable-resources": ("devices", "mapped device {what} does not exist there"),
    "blocking-ha-resources": ("ha", "HA keeps it apart from {what}"),
}


def machine_precondition(answer: Row, guest: Guest, policy: Policy) -> Precondition:
    """The answer of GET migrate in our words.

    `allowed_nodes` is not used: it holds dead nodes too, and `not_allowed_nodes` holds allowed ones.
    """
    closed = _closed(answer.get("not_allowed_nodes"))
    disks = next(_disk_reasons(answer.get("local_disks") or [], guest, policy), None)
    return Precondition(
        by_node=closed["other"],
        storage=Obstacle(anywhere=disks, by_node=closed["storage"]),
        devices=Obstacle(anywhere=next(_device_reasons(answer, guest), None), by_node=closed["devices"]),
        ha=Obstacle(by_node=closed["ha"]),
        dragged=dragged_by(answer),
        copied=copied_bytes(machine_volumes(answer)),
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


def _disk_reasons(disks: Json, guest: Guest, policy: Policy) -> Iterator[str]:
    """CD images cannot be copied; cloud-init drives always are; the rest only if the policy wants it."""
    discs = [disk for disk in disks if flag(disk.get("cdrom")) and not flag(disk.get("is_cloudinit"))]
    if discs:
        yield f"CD image {_names(discs)} is only on its node; eject it"
    copied = [disk for disk in disks if not flag(disk.get("cdrom")) and not flag(disk.get("is_cloudinit"))]
    if copied and not policy.with_local_disks:
        yield f"it has local disks {_names(copied)} (with_local_disks is off)"
    frozen = [disk for disk in copied if disk.get("referenced_in_snapshot") and not flag(disk.get("replicate"))]
    if frozen and guest.is_active:
        yield f"local disk {_names(frozen)} is part of a snapshot and cannot be copied while it runs"


def _names(disks: Json) -> str:
    return ", ".join(sorted(str(disk.get("volid") or disk.get("drivename")) for disk in disks))
