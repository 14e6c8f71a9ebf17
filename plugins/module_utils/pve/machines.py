# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What PVE's own check says against moving a virtual machine (pve-api 6.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Json, Row, flag, items, number

# Reasons by node, in words. The first two spellings are PVE's own.
NODE_REASONS = {
    "unavailable_storages": "storage {what} is not available there",
    "unavailable-resources": "mapped device {what} does not exist there",
    "blocking-ha-resources": "HA keeps it apart from {what}",
}


def machine_precondition(answer: Row, guest: Guest, policy: Policy) -> Precondition:
    """The answer of GET migrate in our words.

    `allowed_nodes` is not used: it holds dead nodes too, and `not_allowed_nodes` holds allowed ones.
    """
    anywhere = next(_reasons(answer, guest, policy), None)
    nodes = answer.get("not_allowed_nodes")
    by_node = {
        str(node): "; ".join(_node_reason(kind, what) for kind, what in sorted(reasons.items()) if what)
        for node, reasons in (nodes.items() if isinstance(nodes, dict) else ())
        if isinstance(reasons, dict)
    }
    return Precondition(anywhere=anywhere, by_node={node: reason for node, reason in by_node.items() if reason})


def machine_volumes(answer: Row) -> Iterator[tuple[str, float | None]]:
    """(storage, bytes) of the volumes that are copied when the machine moves."""
    for disk in answer.get("local_disks") or []:
        if not flag(disk.get("cdrom")) or flag(disk.get("is_cloudinit")):
            yield str(disk.get("volid")).partition(":")[0], number(disk.get("size"))


def _node_reason(kind: str, what: Json) -> str:
    names = [str(item.get("sid", item)) if isinstance(item, dict) else str(item) for item in what]
    return NODE_REASONS.get(kind, f"{kind}: {{what}}").format(what=", ".join(names))


def _reasons(answer: Row, guest: Guest, policy: Policy) -> Iterator[str]:
    mapped = _mapped(answer)
    devices = [key for key in items(answer.get("local_resources")) if key not in mapped]
    if devices:
        yield f"it uses {', '.join(devices)} of its node"
    stuck = [key for key, live in sorted(mapped.items()) if not live]
    if guest.is_active and stuck:
        yield f"its mapped device {', '.join(stuck)} cannot be moved while it runs"
    yield from _disk_reasons(answer.get("local_disks") or [], guest, policy)
    partners = items(answer.get("dependent-ha-resources"))
    if partners:
        yield f"HA would move {', '.join(partners)} along with it"


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
