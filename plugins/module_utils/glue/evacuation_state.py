# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What outlives a run of drs_evacuate: nodes that are being emptied, and where their guests belong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Evacuation, Home
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuation_options import homes_from
from ansible_collections.pve.drs.plugins.module_utils.state.evacuations import recall_evacuations, remember_evacuation
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.homes import recall_homes

# Phases of drs-model 7.1. Nothing comes to a node in one of them, save the last three.
ENTERING, DRAINING, DRAINED, ABORTED = "entering", "draining", "drained", "aborted"
BLOCKED, RETURNING, IDLE = "blocked", "returning", "idle"
CLOSED = frozenset((ENTERING, DRAINING, DRAINED, ABORTED))


def closed_nodes(state: StateFile | None, cluster: str) -> frozenset[str]:
    """Nodes that are being emptied, or are empty, and have not been given back. Raises StateUnusable."""
    if state is None:
        return frozenset()
    known = recall_evacuations(state, cluster)
    return frozenset(node for node, evacuation in known.items() if evacuation.phase in CLOSED)


def beside_evacuations(policy: Policy, state: StateFile | None, cluster: str, opened: Collection[str] = ()) -> Policy:
    """Sends nobody to nodes that are being emptied, save those that are opened just now. Raises StateUnusable."""
    nodes = closed_nodes(state, cluster).difference(opened)
    return replace(policy, evacuated_nodes=policy.evacuated_nodes | nodes) if nodes else policy


def known_homes(params: Mapping[str, Any], state: StateFile | None, cluster: str) -> dict[int, Home]:
    """Those of option homes, else of the state file. Raises StateUnusable and BadPolicy."""
    if params["homes"] is not None:
        return homes_from(params["homes"])
    return recall_homes(state, cluster) if state else {}


def note_phase(state: StateFile | None, cluster: str, nodes: Iterable[str], evacuation: Evacuation) -> None:
    """The same for all of the nodes. Raises StateUnusable."""
    if state is None:
        return
    for node in sorted(nodes):
        remember_evacuation(state, cluster, replace(evacuation, node=node))


def homes_on(homes: Mapping[int, Home], nodes: Collection[str]) -> dict[int, Home]:
    """Of guests that belong there."""
    return {vmid: home for vmid, home in homes.items() if home.node in nodes}
