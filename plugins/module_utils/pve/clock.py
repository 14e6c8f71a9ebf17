# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Time as execution sees it, so that tests can drive it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """`now` in seconds since any fixed moment, of which only differences count; `epoch` in those of calendars."""

    def now(self) -> float: ...

    def epoch(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """Real time, unmoved by changes of the wall clock."""

    def now(self) -> float:
        return time.monotonic()

    def epoch(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
