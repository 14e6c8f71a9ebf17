# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Work that takes virtual time, written as a generator that yields its pauses."""

from __future__ import annotations

from collections.abc import Callable, Generator

from simulator.clock import Clock, Timer

from .errors import TaskFailed
from .links import Copy

# A body yields seconds to sleep, or a copy to wait for, or a pair (copy, seconds): whichever ends first.
Pause = float | Copy | tuple[Copy, float]
Body = Generator[Pause, None, None]
Ended = Callable[[TaskFailed | None], None]


class Process:
    """Runs one body on the clock and tells how it ended."""

    def __init__(self, clock: Clock, body: Body, ended: Ended) -> None:
        self._clock = clock
        self._body = body
        self._ended = ended
        self._timer: Timer | None = None
        self._copy: Copy | None = None
        self.is_over = False

    def start(self) -> None:
        """Run until the first pause."""
        self._resume(None)

    def interrupt(self, error: TaskFailed) -> None:
        """Raise the error inside the body at its present pause."""
        if not self.is_over:
            self._resume(error)

    def _resume(self, error: TaskFailed | None) -> None:
        self._stop_waiting()
        try:
            pause = self._body.throw(error) if error else next(self._body)
        except StopIteration:
            self._finish(None)
        except TaskFailed as failure:
            self._finish(failure)
        else:
            self._wait(pause)

    def _finish(self, failure: TaskFailed | None) -> None:
        self.is_over = True
        self._ended(failure)

    def _wait(self, pause: Pause) -> None:
        copy, seconds = _parts(pause)
        if copy is not None:
            self._copy = copy
            copy.when_done(self._wake)
        if seconds is not None:
            self._timer = self._clock.call_later(seconds, self._wake)

    def _wake(self) -> None:
        self._resume(None)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._copy is not None:
            self._copy.when_done(None)
        self._timer = self._copy = None


def _parts(pause: Pause) -> tuple[Copy | None, float | None]:
    if isinstance(pause, tuple):
        return pause
    if isinstance(pause, Copy):
        return pause, None
    return None, pause
