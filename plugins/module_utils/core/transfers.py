# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What finished migrations teach about links and guests (drs-model 6.4): medians of the last few, within bounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from statistics import median
from typing import TypeVar

from ansible_collections.pve.drs.plugins.module_utils.core.cost import SECURE_CHANNEL
from ansible_collections.pve.drs.plugins.module_utils.core.model.learned import (
    Copied,
    Learned,
    LearnedGuest,
    Transfer,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import MoveOutcome
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy

LAST, LEAST = 5, 3
# Logs tell whole seconds: shorter copies say too little of a rate.
LEAST_SECONDS = 5.0
# So many times faster or slower than assumed is believed, and no more.
MOST_OFF = 10.0
# Who gets nearly as much as the limit allows would have got more without it.
NEAR_LIMIT = 0.9
Key = TypeVar("Key", bound=Hashable)


def learn(transfers: Sequence[Transfer], policy: Policy) -> Learned:
    """Of at least three of the last five; `transfers` are the newest first."""
    told = [transfer for transfer in transfers if transfer.seconds >= LEAST_SECONDS and transfer.memory > 0]
    free = [transfer for transfer in told if not _is_limited(transfer, policy.bandwidth_bytes)]
    assumed = policy.link_bytes * SECURE_CHANNEL
    by_link = _last(((one.source, one.target), one) for one in free)
    return Learned(
        links={ends: _link(some, assumed) for ends, some in by_link.items()},
        link=_link(free[:LAST], assumed) if len(free) >= LEAST else None,
        guests={vmid: _guest(some) for vmid, some in _last((one.vmid, one) for one in told).items()},
    )


def streams_beside(moved: MoveOutcome, others: Iterable[MoveOutcome]) -> float:
    """How many live migrations shared the busier end of a move that took some time, itself included, in the mean."""
    ends = (moved.planned.move.source, moved.planned.move.target)
    shared = dict.fromkeys(ends, moved.seconds)
    for other in others:
        if other is not moved and other.planned.mode == "live":
            for end in {other.planned.move.source, other.planned.move.target}.intersection(ends):
                shared[end] += _overlap(moved, other)
    return max(shared.values()) / moved.seconds


def transfer_of(run: str, number: int, moved: MoveOutcome, copied: Copied, streams: float) -> Transfer:
    """What is kept of a move that has ended well."""
    move = moved.planned.move
    return Transfer(
        run=run,
        number=number,
        vmid=move.vmid,
        source=move.source,
        target=move.target,
        began=moved.began or 0.0,
        memory=moved.planned.memory_bytes,
        bytes=copied.bytes,
        seconds=copied.seconds,
        streams=streams,
    )


def _is_limited(transfer: Transfer, limit: float) -> bool:
    return bool(limit) and transfer.rate >= NEAR_LIMIT * limit


def _last(named: Iterable[tuple[Key, Transfer]]) -> dict[Key, list[Transfer]]:
    """The last few of each, where they are enough."""
    found: defaultdict[Key, list[Transfer]] = defaultdict(list)
    for key, transfer in named:
        found[key].append(transfer)
    return {key: some[:LAST] for key, some in found.items() if len(some) >= LEAST}


def _link(some: Sequence[Transfer], assumed: float) -> float:
    """Bytes per second of all that share it."""
    found = median(transfer.rate * transfer.streams for transfer in some)
    return min(max(found, assumed / MOST_OFF), assumed * MOST_OFF)


def _guest(some: Sequence[Transfer]) -> LearnedGuest:
    share = median(min(1.0, transfer.bytes / transfer.memory) for transfer in some)
    return LearnedGuest(share=max(share, 1.0 / MOST_OFF), dirty=median(map(_dirty, some)))


def _dirty(transfer: Transfer) -> float:
    """Rounds that shrink by dirty / rate each send memory / (1 - dirty / rate) in all."""
    return transfer.rate * max(0.0, 1.0 - transfer.memory / transfer.bytes)


def _overlap(one: MoveOutcome, other: MoveOutcome) -> float:
    """Seconds in which both were under way."""
    began, also = one.began or 0.0, other.began or 0.0
    return max(0.0, min(began + one.seconds, also + other.seconds) - max(began, also))
