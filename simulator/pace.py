# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Drives the world's clock: real time times a speed, or by hand."""

from __future__ import annotations

import time

from .clock import Clock


class Pace:
    """Keeps the virtual clock in step with real time; speed 0 leaves it to `Clock.advance`."""

    def __init__(self, clock: Clock, speed: float, auto_advance: float = 0.0) -> None:
        """`auto_advance`: virtual seconds that pass with each poll of something under way when speed is 0."""
        self._clock = clock
        self.speed = speed
        self.auto_advance = auto_advance
        self._real = time.monotonic()

    def catch_up(self) -> None:
        """Let as much virtual time pass as real time has gone by since the last call."""
        now = time.monotonic()
        elapsed, self._real = now - self._real, now
        if self.speed:
            self._clock.advance(elapsed * self.speed)

    def change(self, speed: float) -> None:
        """Go on at another speed from now."""
        self.catch_up()
        self.speed = speed

    def polled(self) -> None:
        """Somebody waits for something: in manual mode a little time passes, so that tests need not sleep."""
        if not self.speed and self.auto_advance:
            self._clock.advance(self.auto_advance)

    def real_seconds(self, virtual: float) -> float:
        """Give the real time of a delay; delays take none when the clock is driven by hand."""
        return virtual / self.speed if self.speed else 0.0
