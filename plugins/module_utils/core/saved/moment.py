# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Moments as people read them, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def written(epoch: float) -> str:
    """Such as 2026-03-31T12:00:00Z."""
    return datetime.fromtimestamp(epoch, UTC).strftime(FORMAT)


def read(text: str) -> float:
    """Raises ValueError for what `written` does not write."""
    return datetime.strptime(text, FORMAT).replace(tzinfo=UTC).timestamp()
