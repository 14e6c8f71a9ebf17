# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Memory that running guests may claim, and that their node cannot take back, stays below a multiple of what it has."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.memory_capacity import GIB, usable_bytes
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.overcommit import Overcommit
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.tally import tally
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Node

NAME = "memory_overcommit"


def build(given: Given) -> Overcommit:
    """drs-model 3.3, memory assigned; `memory_overcommit` 0 switches it off.

    Only on nodes that told which of their guests have balloons: without that, nobody knows what is promised for good.
    """
    factor = given.policy.memory_overcommit
    nodes = [node for node in given.cluster.nodes if factor and node.has_capacity and node.tells_balloons]
    return Overcommit(
        name=NAME,
        room={node.name: room_bytes(node, factor) for node in nodes},
        promised=tally(given.cluster, promised_bytes),
        show=lambda bytes_: f"{bytes_ / GIB:.1f} GiB",
    )


def room_bytes(node: Node, factor: float) -> float:
    """What may be promised there; pages that the kernel has merged (KSM) make room for others."""
    merged = (node.details.ksm_bytes or 0.0) if node.details else 0.0
    size = node.capacity.memory if node.capacity else 0.0
    return factor * usable_bytes(size) + merged


def promised_bytes(guest: Guest) -> float:
    """All that it is configured with, but for what ballooning takes back where it works."""
    if guest.balloon is None or not guest.balloon.works(guest.size.memory):
        return guest.size.memory
    return guest.balloon.least_bytes
