# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Remembers which requests came in, so that tests can prove what a client sent."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 100_000
READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Entry:
    """One request: contacted node, virtual time in epoch seconds, and how it ended."""

    verb: str
    path: str
    status: int
    user: str
    node: str
    time: float


class RequestLog:
    """The latest requests, and counts of all."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._counts: Counter[str] = Counter()

    def add(self, entry: Entry) -> None:
        """Remember one request."""
        self._entries.append(entry)
        self._counts[entry.verb] += 1

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._counts.clear()

    def entries(self) -> list[Entry]:
        """List the kept requests, oldest first."""
        return list(self._entries)

    def writing(self) -> list[Entry]:
        """List requests that may change something; logging in is none of them."""
        return [e for e in self._entries if e.verb not in READING and e.path != "/access/ticket"]

    def summary(self) -> dict[str, Any]:
        """Give counts and entries as plain data."""
        return {
            "total": sum(self._counts.values()),
            "by_method": dict(self._counts),
            "writing": len(self.writing()),
            "requests": _plain(self._entries),
        }


def _plain(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    return [asdict(entry) for entry in entries]
