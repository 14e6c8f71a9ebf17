# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Samples of a cluster -> history, and the averages that outlive a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from ansible_collections.pve.drs.plugins.module_utils.core.estimators.ema import ema
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.sample import Sample
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series

Key = TypeVar("Key", str, int)


def sample_of(cluster: Cluster, time: float) -> Sample:
    """What nodes and running guests use now; a guess is no sample."""
    return Sample(
        time=time,
        nodes={node.name: node.usage for node in cluster.measured_nodes if node.usage},
        guests={g.vmid: g.demand for g in cluster.guests if g.is_active and not g.is_estimated},
    )


def sampled_history(samples: Sequence[Sample]) -> History:
    """Of all that the last sample holds; the samples are in order of time."""
    last = samples[-1]
    return History(
        now=last.time,
        nodes={name: _past(samples, [sample.nodes.get(name) for sample in samples]) for name in last.nodes},
        guests={vmid: _past(samples, [sample.guests.get(vmid) for sample in samples]) for vmid in last.guests},
    )


def averages(history: History) -> Sample:
    """The moving averages of a sampled history: as the first of the next samples they carry on (drs-model 2.4)."""
    return Sample(time=history.now, nodes=_averages(history.nodes), guests=_averages(history.guests))


def _past(samples: Sequence[Sample], used: Sequence[Resources | None]) -> ObjectHistory:
    times = [sample.time for sample in samples]
    return ObjectHistory(
        cpu=Series(tuple((time, use.cpu if use else None) for time, use in zip(times, used, strict=True))),
        memory=Series(tuple((time, use.memory if use else None) for time, use in zip(times, used, strict=True))),
    )


def _averages(pasts: Mapping[Key, ObjectHistory]) -> dict[Key, Resources]:
    found = {key: (ema(past.cpu), ema(past.memory)) for key, past in pasts.items()}
    return {
        key: Resources(cpu, memory) for key, (cpu, memory) in found.items() if cpu is not None and memory is not None
    }
