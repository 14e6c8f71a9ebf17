# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How far the number of guests on each node is from its share (drs-model 6.10)."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, fsum

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Node
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

DIGITS = 9


def most_guests(placement: Placement, nodes: Sequence[Node]) -> dict[str, int]:
    """By node: its share of all running guests on these nodes, by its share of their memory, rounded up."""
    sizes = {node.name: node.capacity.memory if node.capacity else 0.0 for node in nodes}
    guests, memory = sum(counts(placement, nodes).values()), fsum(sizes.values())
    return {name: ceil(round(guests * size / memory, DIGITS)) for name, size in sizes.items()}


def counts(placement: Placement, nodes: Sequence[Node]) -> dict[str, int]:
    """Running guests by node."""
    return {node.name: placement.active_guests_on(node.name) for node in nodes}


def surplus(placement: Placement, nodes: Sequence[Node]) -> dict[str, int]:
    """Guests above the share, by node, where there are any [Ex 6.4]."""
    most = most_guests(placement, nodes)
    return {name: number - most[name] for name, number in counts(placement, nodes).items() if number > most[name]}
