# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""One target for the whole run, as ProxLB 1.1 chooses it: the node that is the emptiest when the run begins.

Guests are looked at once, those with the least memory first; one that is on the fullest node at that moment goes to the
target, until the nodes are close enough to each other. ProxLB asks for no room there; here the limits hold.
"""

from benchmarks.board import Board, Goal


def fixed_target(board: Board, goal: Goal) -> None:
    now = board.shares()
    target = min(now, key=lambda node: now[node])
    for vmid in sorted(board.needs, key=lambda vmid: (board.needs[vmid].memory, vmid)):
        if board.is_done(goal):
            return
        now = board.shares()
        is_on_fullest = board.home[vmid] == max(now, key=lambda node: now[node])
        if is_on_fullest and board.has_room(target, board.needs[vmid]):
            board.move(vmid, target)
