# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Who wants to know what an execution does, while it does it."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan, PlannedMove, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import MoveOutcome, Outcome
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Flight


class Watcher:
    """Told of each event as it happens, and deaf to those that it does not override. `now` is in epoch seconds."""

    def begins(self, plan: Plan, now: float) -> None:
        """Before the first step."""

    def enters(self, number: int, step: Step, now: float) -> None:
        """A step begins; the first is number 1."""

    def replans(self, plan: Plan, now: float) -> None:
        """A new plan takes the place of what was left; the moves that were left have ended as skipped."""

    def launches(self, planned: PlannedMove, now: float) -> None:
        """Just before the request: from here on the guest may be in flight, whatever becomes of us."""

    def flies(self, flight: Flight, now: float) -> None:
        """PVE took the request; its UPID is known, except where the answer was lost."""

    def ends(self, moved: MoveOutcome, now: float) -> None:
        """A move has its result, also one that was skipped; one that is tried again is launched, and ends, once more."""

    def finishes(self, outcome: Outcome, now: float) -> None:
        """After the last step, with the results as they were confirmed at the end."""
