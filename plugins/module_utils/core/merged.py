# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Pages that the host has merged (KSM): they arrive on another node as pages of their own (drs-model 2.6)."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Node


def merged_bytes(node: Node, guests: Sequence[Guest]) -> dict[int, float]:
    """By vmid, for the guests of one node: the virtual machines share what is merged by what they hold."""
    merged = (node.details.ksm_bytes or 0.0) if node.details else 0.0
    sharing = fsum(_mergeable(guest) for guest in guests)
    part = merged / sharing if sharing else 0.0
    return {guest.vmid: part * _mergeable(guest) for guest in guests}


def _mergeable(guest: Guest) -> float:
    return guest.host_bytes or guest.demand.memory if guest.type == "qemu" and guest.merges_pages else 0.0
