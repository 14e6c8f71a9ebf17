# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Proxmox's own balancer: of all guests on all nodes the one move that leaves the lowest imbalance, over and over.

It is recomputed exactly by what policy crs is made of, with threshold, margin and hold left aside, so that it
goes on for as long as a move helps: more than Proxmox itself does.
"""

from ansible_collections.pve.drs.plugins.module_utils.core.crs.bruteforce import ranked
from ansible_collections.pve.drs.plugins.module_utils.core.crs.imbalance import NORMALISED, imbalance
from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import (
    Candidate,
    CrsGuest,
    CrsNode,
    Leader,
    expanded,
)
from benchmarks.board import Board, Goal


def best_move(board: Board, goal: Goal) -> None:
    """One look at every pair of a guest and a node for each move."""
    while not board.is_done(goal):
        nodes = nodes_of(board)
        candidate, after = ranked(nodes, candidates(board), NORMALISED)[0]
        if after >= imbalance(nodes.values(), NORMALISED):
            return
        board.move(int(candidate.sid), candidate.target)


def nodes_of(board: Board) -> dict[str, CrsNode]:
    return {name: CrsNode(name=name, capacity=board.sizes[name], usage=board.used[name]) for name in board.sizes}


def candidates(board: Board) -> tuple[Candidate, ...]:
    """Every guest to every other node; Proxmox asks for no room there."""
    guests = {
        str(vmid): CrsGuest(sid=str(vmid), node=node, usage=board.needs[vmid]) for vmid, node in board.home.items()
    }
    leaders = [
        Leader(sid=sid, members=(sid,), targets=tuple(node for node in board.sizes if node != guest.node))
        for sid, guest in guests.items()
    ]
    return expanded(leaders, guests, static=False)
