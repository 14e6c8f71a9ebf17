# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What nodes would have used all along if every guest had been where it is now (drs-model 6.8, post-move correction)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import ObjectHistory, PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import NO_SAMPLES, Series

# A guest without a sample for this long did not run; until then its last sample holds.
SILENCE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Share:
    """What one guest used over time, to be added to a node or taken away until it arrived there or left."""

    ended: float
    sign: float
    amount: Callable[[float], float]


def settled_histories(cluster: Cluster) -> dict[str, ObjectHistory]:
    """The nodes' history; without it a mean would call for the same moves again for as long as it remembers.

    A guest whose own history is not known counts as what it uses now.
    """
    return {
        name: ObjectHistory(
            cpu=_settled(history.cpu, _shares(cluster, name, "cpu")),
            memory=_settled(history.memory, _shares(cluster, name, "memory")),
        )
        for name, history in cluster.history.nodes.items()
    }


def _shares(cluster: Cluster, node: str, resource: str) -> tuple[Share, ...]:
    return tuple(
        Share(move.ended, 1.0 if node == move.target else -1.0, _amount(cluster, move, resource))
        for move in cluster.history.moves
        if (node == move.target) != (node == move.source)
    )


def _amount(cluster: Cluster, move: PastMove, resource: str) -> Callable[[float], float]:
    """What the guest used at a time."""
    history = cluster.history.guests.get(move.vmid)
    series: Series = getattr(history, resource) if history else NO_SAMPLES
    if series.values:
        return _Lookup(series)
    guest = cluster.guest_by_vmid.get(move.vmid)
    now: Resources = guest.demand if guest and guest.is_active else NOTHING
    return lambda _time: getattr(now, resource)


class _Lookup:
    """The value of a series at any time; nothing where it had none."""

    def __init__(self, series: Series) -> None:
        self._times, self._values = zip(*series.known, strict=True)

    def __call__(self, time: float) -> float:
        position = bisect_right(self._times, time) - 1
        is_known = position >= 0 and time - self._times[position] <= SILENCE_SECONDS
        return float(self._values[position]) if is_known else 0.0


def _settled(series: Series, shares: tuple[Share, ...]) -> Series:
    if not shares:
        return series
    return Series(
        tuple(
            (time, None if value is None else max(0.0, value + _change(shares, since, time)))
            for since, time, value in _intervals(series)
        )
    )


def _change(shares: tuple[Share, ...], since: float, time: float) -> float:
    """A sample is the mean of its interval; one during which a guest arrived is corrected by the part before."""
    return sum(share.sign * _part_before(share.ended, since, time) * share.amount(time) for share in shares)


def _part_before(moment: float, since: float, time: float) -> float:
    if moment >= time:
        return 1.0
    return max(0.0, moment - since) / (time - since)


def _intervals(series: Series) -> Iterator[tuple[float, float, float | None]]:
    """Start, end and value; the first sample is taken to be as long as the second."""
    times = [time for time, _unused in series.samples]
    first = 2 * times[0] - times[1] if len(times) > 1 else times[0] - SILENCE_SECONDS if times else 0.0
    for (since, time), (_unused, value) in zip(pairwise([first, *times]), series.samples, strict=True):
        yield since, time, value
