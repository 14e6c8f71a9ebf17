# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Policy crs goes by how Proxmox's own balancer is set in the cluster (drs-model 6.12)."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

TAKEN = {"triggers": ("crs",), "hold": 1, "crs_auto": frozenset({"crs_generation", "crs_threshold"})}
CRS, PLUS = (replace(named_policy(POLICIES, name), **TAKEN) for name in ("crs", "crs_plus"))
DYNAMIC = {"ha": "dynamic", "ha-auto-rebalance": 1}
READ = "as the cluster (Proxmox VE {}) has it for Proxmox's own balancer: "


def planned(policy, crs, profile="9.2"):
    with scene(uneven(cluster={"profile": profile}, options={"crs": crs} if crs else {}), policy) as found:
        plan = found.decide()
        return plan, plan.cluster.version


@pytest.mark.parametrize(("threshold", "moves"), [(20, 1), (70, 0)], ids=["below", "above"])
def test_the_threshold_of_the_cluster_decides(threshold, moves):
    """The loads vary by half of what they can."""
    plan, version = planned(PLUS, DYNAMIC | {"ha-auto-rebalance-threshold": threshold})
    assert len(plan.moves) == moves
    assert READ.format(version) + f"generation normalised, threshold {threshold} %" in plan.notices


@pytest.mark.parametrize("profile", ["8.4", "9.0"])
def test_older_versions_know_no_threshold_and_count_the_raw_number(profile):
    plan, version = planned(PLUS, "ha=static", profile)
    assert plan.policy.crs_generation == "raw"
    assert READ.format(version) + "generation raw" in plan.notices
    assert "not set in the cluster, and by the policy: threshold 30 %" in plan.notices
    assert len(plan.moves) == 1


def test_where_nothing_is_set_the_policy_decides():
    plan, version = planned(CRS, None)
    assert (plan.policy.crs_generation, plan.policy.crs_threshold) == ("normalised", 0.3)
    assert READ.format(version) + "generation normalised" in plan.notices
