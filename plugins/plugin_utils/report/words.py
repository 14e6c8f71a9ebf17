# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Numbers as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

GIB = 2.0**30
UNKNOWN = "\u2013"
MINUTE, HOUR, DAY = 60, 3600, 86400


def percent(share: float | None) -> str:
    """Of a figure that is in percent already; a dash where it is not known."""
    return UNKNOWN if share is None else f"{share:.1f} %"


def size(amount: float | None) -> str:
    """Bytes, in GiB."""
    return UNKNOWN if amount is None else f"{amount / GIB:.1f} GiB"


def duration(seconds: float | None) -> str:
    """With two units at most."""
    if seconds is None:
        return UNKNOWN
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s" if whole % MINUTE else f"{whole // MINUTE} min"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def moment(epoch: float | None) -> str:
    """Seconds since the epoch as date and time of UTC."""
    return UNKNOWN if epoch is None else f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M:%S} UTC"


def time_of_day(epoch: float) -> str:
    """Of UTC."""
    return f"{datetime.fromtimestamp(epoch, UTC):%H:%M:%S}"


def counted(number: int, one: str, several: str = "") -> str:
    """One move, 2 moves."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"
