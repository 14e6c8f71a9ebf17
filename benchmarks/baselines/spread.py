# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Greedy spread: one guest after the other from the hottest node to the coolest one.

The guest is the one that leaves the hotter of the two the coolest; it ends when none makes it cooler.
"""

from benchmarks.board import Board, Goal


def spread(board: Board, goal: Goal) -> None:
    while not board.is_done(goal):
        now = board.shares()
        hot, cool = max(now, key=lambda node: now[node]), min(now, key=lambda node: now[node])
        hotter, vmid = min(_outcomes(board, hot, cool), default=(1.0, 0))
        if hotter >= now[hot]:
            return
        board.move(vmid, cool)


def _outcomes(board: Board, hot: str, cool: str) -> list[tuple[float, int]]:
    """For each guest that has room, how full the fuller of the two nodes is with it on the other."""
    needs = ((vmid, board.needs[vmid]) for vmid in board.guests[hot])
    return [
        (max(board.share(hot, less=need), board.share(cool, more=need)), vmid)
        for vmid, need in needs
        if board.has_room(cool, need)
    ]
