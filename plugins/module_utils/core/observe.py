# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""One of several looks of a run at the cluster: whether it calls for another one (drs-model 6.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.assess import assess
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.crs.settings import settled
from ansible_collections.pve.drs.plugins.module_utils.core.hold import counted, waiting, waiting_reasons
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import Hold
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Assessment
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy, PressureLimits

# A reason to act is near when it would be one if every limit were lower by a tenth.
NEAR = 0.9
# Why no other look is needed: something that never waits, a reason that has held for long enough, no quorum,
# or nothing that is a reason, or near to one.
MANDATORY, HELD, NO_QUORUM, QUIET = "mandatory", "held", "no_quorum", "quiet"


@dataclass(frozen=True, slots=True)
class Look:
    """How often each reason has held in a row, this look included, and why looking may end, or None."""

    holds: Mapping[str, Hold]
    ends: str | None = None


def look_at(cluster: Cluster, policy: Policy) -> Look:
    """Goes on counting from the holds of the cluster's history. Raises BadPolicy and NoMeasurement."""
    if not cluster.is_quorate:
        return Look({}, NO_QUORUM)
    problem = make_problem(cluster, policy)
    before = assess(problem, problem.placement())
    reasons = waiting_reasons(before)
    holds = counted(problem.policy, reasons, cluster.history.holds, cluster.history.now)
    if len(reasons) < len(before.triggers):
        return Look(holds, MANDATORY)
    if len(waiting(problem.policy, holds)) < len(holds):
        return Look(holds, HELD)
    is_quiet = not holds and not is_near(cluster, policy)
    return Look(holds, QUIET if is_quiet else None)


def is_near(cluster: Cluster, policy: Policy) -> bool:
    """Whether there would be a reason to act if every limit were a little lower. Raises BadPolicy and NoMeasurement."""
    return bool(_assessed(cluster, with_lower_limits(policy, cluster)).triggers)


def with_lower_limits(policy: Policy, cluster: Cluster) -> Policy:
    """Those that loads are compared with; settings of Proxmox's own balancer are taken over before."""
    limits = settled(policy, cluster)
    return replace(
        limits,
        crs_auto=frozenset(),
        balanciness=NEAR * limits.balanciness,
        variation_max=NEAR * limits.variation_max,
        crs_threshold=NEAR * limits.crs_threshold,
        memory_max=NEAR * limits.memory_max,
        cpu_max=NEAR * limits.cpu_max,
        score_min=1.0 - NEAR * (1.0 - limits.score_min),
        proactive_factor=1.0 + NEAR * (limits.proactive_factor - 1.0),
        proactive_points=NEAR * limits.proactive_points,
        pressure_limits={name: _lower(given) for name, given in limits.pressure_limits.items()},
    )


def _lower(limits: PressureLimits) -> PressureLimits:
    return replace(limits, full=_less(limits.full), some=_less(limits.some), spike=_less(limits.spike))


def _less(limit: float | None) -> float | None:
    """None compares nothing."""
    return None if limit is None else NEAR * limit


def _assessed(cluster: Cluster, policy: Policy) -> Assessment:
    problem = make_problem(cluster, policy)
    return assess(problem, problem.placement())
