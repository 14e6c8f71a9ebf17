# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Look at the cluster every few seconds for a minute, so that a blip does not count (drs-model 2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from ansible_collections.pve.drs.plugins.module_utils.core.averages import averages, sample_of, sampled_history
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.ema import RESTART_SECONDS
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.sample import Sample
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock
from ansible_collections.pve.drs.plugins.module_utils.pve.enrich import server_time
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal, NoHostAnswers
from ansible_collections.pve.drs.plugins.module_utils.pve.translate import guests_of, nodes_of

EVERY_SECONDS = 5.0
SAMPLES = 12


class Recall(Protocol):
    """Averages of the cluster of that name from an earlier run, or None."""

    def __call__(self, cluster: str, /) -> Sample | None: ...


def no_memory(_cluster: str) -> Sample | None:
    """Nothing was kept."""
    return None


def take_samples(api: Api, clock: Clock, first: Cluster, seed: Sample | None) -> tuple[Sample, ...]:
    """All samples but the last, which is due now; none when the seed is so young that one sample is enough.

    Fresh averages take the place of what came before them: only the time since then is filled, a minute at most.
    Raises ApiError when no node tells the time; a sample that cannot be had is left out.
    """
    now, began = server_time(api, first), clock.now()
    seeds = (seed,) if seed is not None and 0 <= now - seed.time <= RESTART_SECONDS else ()
    count = min(SAMPLES, round((now - seeds[0].time) / EVERY_SECONDS)) if seeds else SAMPLES
    found = [*seeds, sample_of(first, now)] if count > 1 else [*seeds]
    for number in range(1, count):
        clock.sleep(max(0.0, began + number * EVERY_SECONDS - clock.now()))
        taken = _look(api, now + clock.now() - began) if number < count - 1 else None
        found += [taken] if taken else []
    return tuple(found)


def sampled_pause(api: Api, clock: Clock, until: float, seed: Sample) -> Sample:
    """Sleep until that moment of the clock; the seed's averages go on with a sample every few seconds before it."""
    began, samples = clock.now(), [seed]
    while (left := until - clock.now()) > 0:
        clock.sleep(min(left, EVERY_SECONDS))
        taken = _look(api, seed.time + clock.now() - began) if left > EVERY_SECONDS else None
        samples += [taken] if taken else []
    return averages(sampled_history(samples))


def with_samples(cluster: Cluster, earlier: Sequence[Sample], now: float) -> Cluster:
    """The picture itself is the last sample, at `now`."""
    samples = [sample for sample in earlier if sample.time <= now]
    return replace(cluster, history=sampled_history([*samples, sample_of(cluster, now)]))


def _look(api: Api, time: float) -> Sample | None:
    try:
        resources = api.resources()
    except (ApiRefusal, NoHostAnswers):
        return None
    return sample_of(Cluster(nodes=nodes_of(resources, (), {}), guests=guests_of(resources)), time)
