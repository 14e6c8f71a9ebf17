# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""A conservative balancer: single moves that leave the target no fuller than midway between the two nodes.

It acts on a node above a limit of memory, or else on one so many times as full as the mean; of the guests that may go
to the least used node it takes the one with the least memory that is enough, or else the largest.
"""

from benchmarks.board import Board, Goal

LIMIT, MARGIN, FACTOR = 0.80, 0.02, 1.2
Option = tuple[bool, float, int, str]


def midpoint(board: Board, goal: Goal) -> None:
    while not board.is_done(goal):
        now = board.shares()
        threshold = min(LIMIT, FACTOR * sum(now.values()) / len(now))
        hot = sorted((node for node in now if now[node] > threshold), key=lambda node: -now[node])
        found = next(filter(None, (_best(board, now, node, threshold) for node in hot)), None)
        if found is None:
            return
        board.move(found[2], found[3])


def _best(board: Board, now: dict[str, float], source: str, threshold: float) -> Option | None:
    """The first value says that it is not enough; then less memory is better, or more."""
    options = []
    for vmid in board.guests[source]:
        need, left = board.needs[vmid], board.share(source, less=board.needs[vmid])
        target = _target(board, now, source, vmid)
        if target:
            is_short = left > threshold
            options.append((is_short, -need.memory if is_short else need.memory, vmid, target))
    return min(options, default=None)


def _target(board: Board, now: dict[str, float], source: str, vmid: int) -> str | None:
    need = board.needs[vmid]
    for node in sorted(now, key=lambda node: (now[node], node)):
        midway = (now[source] + now[node]) / 2
        if node != source and board.share(node, more=need) <= midway and board.has_room(node, need, LIMIT - MARGIN):
            return node
    return None
