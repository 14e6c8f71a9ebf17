# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a guest that does not run yet will use (drs-model 8.2), and the room that it needs (8.1)."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.estimators.percentile import percentile
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import NO_OBJECT_HISTORY, ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Expected, Starting

CPU_SHARE, CONTAINER_MEMORY_SHARE = 0.5, 0.5
# Fewer samples of a run tell more of its start than of its load.
LEAST_SAMPLES = 3


def expected(cluster: Cluster, policy: Policy, wanted: Starting, guest: Guest) -> Expected:
    """By its last run, else by running guests like it, else by its size."""
    demand, source = (
        _of_last_run(wanted.pasts.get(guest.vmid, NO_OBJECT_HISTORY))
        or _of_alike(cluster, policy, guest)
        or (_of_size(guest), "its size")
    )
    balloon, size = guest.balloon, guest.size.memory
    if wanted.is_optimistic and balloon is not None and balloon.works(size):
        # What it is left with is all that is sure to be there for it.
        least = balloon.least_bytes
        demand = Resources(demand.cpu, min(demand.memory, least))
        return Expected(demand=demand, room=Resources(demand.cpu, least), source=source)
    return Expected(demand=demand, room=Resources(demand.cpu, max(size, demand.memory)), source=source)


def last_run(series: Series) -> Series:
    """The samples since the last gap but that at the end: while a guest does not run, nothing is recorded of it."""
    samples = list(series.samples)
    while samples and samples[-1][1] is None:
        samples.pop()
    begin = max((number for number, (_time, value) in enumerate(samples) if value is None), default=-1)
    return Series(tuple(samples[begin + 1 :]))


def _of_last_run(past: ObjectHistory) -> tuple[Resources, str] | None:
    cpu, memory = (last_run(series) for series in (past.cpu, past.memory))
    if min(len(cpu.values), len(memory.values)) < LEAST_SAMPLES:
        return None
    most = Resources(percentile(cpu) or 0.0, percentile(memory) or 0.0)
    return most, "its last run"


def _of_alike(cluster: Cluster, policy: Policy, guest: Guest) -> tuple[Resources, str] | None:
    """Those of its pool and, where there are none, those with a tag of its own."""
    tags = {tag for tag in guest.tags if not tag.startswith(f"{policy.tag_prefix}-")}
    # Sizes last: they take longest to compare, and a cluster has many guests.
    in_pool = (other for other in cluster.guests if guest.pool and other.pool == guest.pool)
    tagged = (other for other in cluster.guests if not tags.isdisjoint(other.tags))
    by_pool, by_tag = ([other for other in near if _is_alike(other, guest)] for near in (in_pool, tagged))
    if by_pool:
        return _mean(by_pool), f"{len(by_pool)} running guest(s) of its size in pool {guest.pool}"
    if by_tag:
        return _mean(by_tag), f"{len(by_tag)} running guest(s) of its size with a tag of its own"
    return None


def _is_alike(other: Guest, guest: Guest) -> bool:
    is_known = other.is_active and not other.is_estimated and other.vmid != guest.vmid
    return is_known and (other.type, other.assigned) == (guest.type, guest.assigned)


def _mean(guests: Sequence[Guest]) -> Resources:
    cpu, memory = (fsum(getattr(guest.demand, part) for guest in guests) / len(guests) for part in ("cpu", "memory"))
    return Resources(cpu, memory)


def _of_size(guest: Guest) -> Resources:
    """A machine touches all of its memory sooner or later, a container does not."""
    share = CONTAINER_MEMORY_SHARE if guest.type == "lxc" else 1.0
    return Resources(CPU_SHARE * guest.assigned.cpu, share * guest.size.memory)
