# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""When replication jobs are due: the few forms of calendar events that are played."""

from __future__ import annotations

import re

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
NAMES = {"minutely": (MINUTE, 0.0), "hourly": (HOUR, 0.0), "daily": (DAY, 0.0)}


def is_known(text: str) -> bool:
    """Whether this form is played: `*/15`, `*:0/30`, `2:30`, minutely, hourly or daily."""
    return _beat(text) is not None


def next_after(text: str, moment: float) -> float:
    """The first time after a moment at which an event is due (both in epoch seconds)."""
    every, offset = _beat(text) or NAMES["hourly"]
    return (moment - offset) // every * every + every + offset


def _beat(text: str) -> tuple[float, float] | None:
    """Seconds between two events, and seconds from midnight to the first."""
    if text in NAMES:
        return NAMES[text]
    if found := re.fullmatch(r"\*(?::0)?/([1-9]\d?)", text):
        return int(found[1]) * MINUTE, 0.0
    if (found := re.fullmatch(r"(\d{1,2}):(\d{2})", text)) and int(found[1]) < 24 and int(found[2]) < 60:
        return DAY, int(found[1]) * HOUR + int(found[2]) * MINUTE
    return None
