# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How an execution is asked to end early."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock, SystemClock


class Stop:
    """Set by a signal handler, or by itself when a time limit has passed; never taken back."""

    def __init__(self, clock: Clock | None = None, time_limit_seconds: float | None = None) -> None:
        self._clock = clock or SystemClock()
        self._limit = time_limit_seconds
        self._began = self._clock.now()
        self._reason: str | None = None
        self._is_pressing = False

    @property
    def is_pressing(self) -> bool:
        """Whoever asked may end this process soon; a time limit leaves what runs all the time it takes."""
        return self._is_pressing

    @property
    def requested(self) -> str | None:
        """Who or what asked, or None."""
        if self._reason is None and self._limit is not None and self._clock.now() - self._began >= self._limit:
            self._note(f"time limit of {self._limit:g} s")
        return self._reason

    def request(self, reason: str) -> None:
        """Safe to call from a signal handler; the first reason stays."""
        self._is_pressing = True
        self._note(reason)

    def _note(self, reason: str) -> None:
        self._reason = self._reason or reason
