# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The virtual clock: every time in an answer of the simulator comes from it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Action = Callable[[], None]


@dataclass
class Timer:
    """One planned action; cancel() takes it back."""

    when: float
    action: Action | None

    def cancel(self) -> None:
        """Forget the action; harmless after it has run."""
        self.action = None


class Clock:
    """A heap of planned actions and the present moment, in epoch seconds."""

    def __init__(self, start: float) -> None:
        self._now = float(start)
        self._heap: list[tuple[float, int, Timer]] = []
        # Actions planned for the same moment run in the order in which they were planned.
        self._order = itertools.count()

    @property
    def now(self) -> float:
        """The present moment, epoch seconds."""
        return self._now

    def call_at(self, when: float, action: Action) -> Timer:
        """Run the action at that moment, or at once in the next advance when it is past."""
        timer = Timer(max(when, self._now), action)
        heapq.heappush(self._heap, (timer.when, next(self._order), timer))
        return timer

    def call_later(self, seconds: float, action: Action) -> Timer:
        """Run the action after that many seconds."""
        return self.call_at(self._now + seconds, action)

    def every(self, seconds: float, action: Action, first: float) -> None:
        """Run the action at the moment `first` and then in that rhythm, for ever."""

        def beat() -> None:
            # Planned before the action runs, so that an action that fails does not stop the rhythm.
            self.call_later(seconds, beat)
            action()

        self.call_at(first, beat)

    def next_event(self) -> float | None:
        """The moment of the next planned action, or None."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def advance(self, seconds: float) -> None:
        """Let that many seconds pass and run everything planned in them, in order."""
        if seconds < 0:
            raise ValueError(f"the clock cannot go back: {seconds} seconds")
        self.advance_to(self._now + seconds)

    def advance_to(self, moment: float) -> None:
        """Let time pass until that moment; a moment in the past changes nothing."""
        while (upcoming := self.next_event()) is not None and upcoming <= moment:
            _unused, _unused, timer = heapq.heappop(self._heap)
            self._now = max(self._now, upcoming)
            action, timer.action = timer.action, None
            if action is not None:
                action()
        self._now = max(self._now, moment)


def log_time(moment: float) -> str:
    """The moment as task logs print it, in UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
