# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How patient an execution is, and what it does when something goes wrong."""

from __future__ import annotations


class ModuleDocFragment:
    """`pve.drs.executing`; the options are declared in `glue/arguments.py`."""

    DOCUMENTATION = r"""
---
options:
  retries:
    description:
      - How often a move that failed is tried again. The second try begins 30 seconds after the other moves of its step have ended, on the next-best node
        that every rule and every check allows, or on the same one where no other will do.
      - A migration that was cancelled for O(migration_timeout) is not tried again.
    type: int
    choices: [0, 1]
    default: 1
  wait_foreign:
    description:
      - For how many seconds to wait when a guest that is to move is locked by a backup or a snapshot, when another task works on it, or when somebody else's
        migration is in its way. After that the move is skipped, with the reason.
    type: int
    default: 120
  migration_timeout:
    description:
      - After how many seconds to cancel a migration. It is followed until it has ended, and its guest stays where it is.
      - Migrations of guests under HA cannot be cancelled. They are left alone and returned as C(running).
      - By default a migration takes all the time that it needs, as an estimate cannot tell one that hangs from one that copies large disks.
    type: int
  on_drift:
    description:
      - What to do when a move of the plan turns out to be no longer right, as its guest or its target has changed, or as a move that it needs has failed.
      - Every move is judged anew just before it starts, so that V(skip) leaves out that move alone, and goes on with the others.
        One that has to be, as it empties a node or mends a rule, goes to the next-best node instead where there is one, unless O(retries) is 0.
      - V(stop) starts nothing more after the step in which that happens.
      - V(replan) makes a new plan from fresh data instead, up to three times.
        It replaces what is left, and C(outcome) has its moves after those of the first plan.
        A plan from a file is never replaced. Where nobody can plan again, the run stops.
    type: str
    choices: [skip, stop, replan]
    default: skip
  lock_wait:
    description:
      - For how many seconds to wait for another run on the same cluster to end. By default the run is refused at once, and says who is at work.
      - Only one run at a time acts on a cluster, from before it looks until it has ended. All runs of one host know of each other,
        and so do all runs that share a O(state_path), there by a lock that outlives a run that was killed by at most 5 minutes.
        A run is refused as well while a migration that nobody has accounted for runs under the name of its user or token.
      - Check mode needs no lock.
    type: int
    default: 0
"""
