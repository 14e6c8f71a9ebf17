# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What finished migrations sent, and what that teaches for those to come (drs-model 6.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """The memory of a running guest as it went over: bytes sent, what was sent again included, in so many seconds."""

    bytes: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A guest's memory that went over the link; `number` is that of the move within its run.

    `began` in seconds since the epoch, `memory` and `bytes` in bytes: what was in use, and what was sent.
    `streams` is how many migrations shared the busier of its ends, itself included, in the mean.
    """

    run: str
    number: int
    vmid: int
    source: str
    target: str
    began: float
    memory: float
    bytes: float
    seconds: float
    streams: float

    @property
    def rate(self) -> float:
        """Bytes per second."""
        return self.bytes / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedGuest:
    """`share` of its used memory has to be sent once; `dirty` bytes per second are written meanwhile."""

    share: float
    dirty: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """`links` by (source, target) and `link` for all others in bytes per second, None where too little is known."""

    links: Mapping[tuple[str, str], float] = field(default_factory=dict)
    link: float | None = None
    guests: Mapping[int, LearnedGuest] = field(default_factory=dict)

    def rate(self, source: str, target: str) -> float | None:
        """What the link gets through, shared by all migrations on it."""
        return self.links.get((source, target), self.link)


NOTHING_LEARNED = Learned()
