# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The present as one more sample of what guests demand."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.cpu_demand import cpu_demands
from ansible_collections.pve.drs.plugins.module_utils.core.forecast.learn import learned
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.demand import NO_HABITS

# Runs that follow sooner, in cycles, teach nothing new; after a longer gap averages of some minutes mean nothing.
LEAST_CYCLES, MOST_CYCLES = 0.5, 24.0


def observed(cluster: Cluster, cycle_seconds: float, now: float) -> Cluster:
    """With habits that the present is a part of; those of an earlier run are in the cluster's history. `now` is in seconds since the epoch.

    The demand is without what guests had to wait for (drs-model 2.5); guests that do not run have no habits.
    """
    habits = cluster.history.habits
    passed = (now - habits.time) / cycle_seconds
    if habits.guests and 0.0 <= passed < LEAST_CYCLES:
        return cluster
    demands = cpu_demands(cluster)
    running = {guest.vmid: demands[guest.vmid] for guest in cluster.guests if guest.is_active}
    past = habits if 0.0 <= passed <= MOST_CYCLES else NO_HABITS
    return replace(cluster, history=replace(cluster.history, habits=learned(past, running, now)))
