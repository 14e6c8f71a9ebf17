# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Module parameters -> policy: percent becomes a fraction, Gbit/s becomes bytes per second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.crs.settings import with_fields
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.guard_options import guards
from ansible_collections.pve.drs.plugins.module_utils.glue.method_options import (
    cpu_speeds,
    link_speeds,
    pressure_limits,
    require_local_disks,
    storage_ids,
    weights,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.node_options import node_lists
from ansible_collections.pve.drs.plugins.module_utils.glue.policy_choice import chosen_policy
from ansible_collections.pve.drs.plugins.module_utils.glue.policy_settings import SETTINGS, fields_from
from ansible_collections.pve.drs.plugins.module_utils.glue.pool_options import pools_from
from ansible_collections.pve.drs.plugins.module_utils.glue.ranges import require_ranges
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_options import rules_from, tag_prefix_from
from ansible_collections.pve.drs.plugins.module_utils.glue.timing_options import timing

Params = Mapping[str, Any]
BYTES_PER_GBIT = 1e9 / 8
BYTES_PER_MIB = 2.0**20


def judging_policy(params: Params) -> Policy:
    """What the options of pve.drs.policy say; what is not given is as the chosen policy has it. Raises BadPolicy."""
    require_ranges(params)
    chosen = chosen_policy(params)
    fields = fields_from(params, SETTINGS)
    given = {**params, "method": fields.get("method", chosen.method)}
    return replace(
        with_fields(chosen, fields),
        method_weights=_weights(given, chosen),
        pressure_limits=pressure_limits(given),
        cpu_speeds=cpu_speeds(params),
        speed_by_clock=params["speed_by_clock"],
        smt_share=params["smt_percent"] / 100,
        reclaim_arc=params["reclaim_arc"],
        count_merged=params["count_merged"],
        included_storages=storage_ids(given, "included_storages"),
        excluded_storages=storage_ids(given, "excluded_storages"),
        assigned_scope=params["assigned_scope"],
        node_link_bytes=(params["link_gbit"] or 0.0) * BYTES_PER_GBIT,
        node_links={node: speed * BYTES_PER_GBIT for node, speed in link_speeds(params).items()},
        **node_lists(params),
        pools=pools_from(params.get("pools") or ()),
        **_rules(params),
    )


def _weights(given: Params, chosen: Policy) -> Mapping[str, float]:
    """Those of the chosen policy go with its own method alone."""
    if given["method"] == chosen.method and chosen.method_weights and not given["method_weights"]:
        return weights({**given, "method_weights": chosen.method_weights})
    return weights(given)


def _rules(params: Params) -> dict[str, Any]:
    return {
        "rules": rules_from(params["rules"], params["node_groups"]),
        "rules_scope": params["rules_scope"],
        "tag_prefix": tag_prefix_from(params["tag_prefix"]),
        "trust_tags": params["trust_tags"],
    }


def _consent(params: Params) -> dict[str, Any]:
    """What is done without asking."""
    return {
        "automation": params["automation"],
        "moves_running": params["move_running"],
        "partial_mandatory": params["partial_mandatory"],
        "approved": tuple(dict.fromkeys(params["approve"])),
    }


def moving_policy(params: Params) -> Policy:
    """What the options of pve.drs.policy and pve.drs.policy.moving say. Raises BadPolicy."""
    policy = judging_policy(params)
    policy = replace(
        policy,
        **_consent(params),
        **timing(params),
        auto_rebalance=params["auto_rebalance"],
        restart_containers=params["restart_containers"],
        with_local_disks=params["with_local_disks"],
        **guards(params),
        link_bytes=params["migration_link_gbit"] * BYTES_PER_GBIT,
        bandwidth_bytes=params["bandwidth_limit"] * BYTES_PER_MIB,
        explain=tuple(dict.fromkeys(params["explain"])),
        alternatives=params["alternatives"],
        limits=Limits(
            max_moves=policy.limits.max_moves if params["max_moves"] is None else params["max_moves"],
            max_parallel=params["max_parallel"],
            max_parallel_per_node=params["max_parallel_per_node"],
            max_parallel_per_source=params["max_parallel_per_source"],
            max_parallel_per_target=params["max_parallel_per_target"],
            planning_seconds=params["planning_seconds"],
        ),
    )
    require_local_disks(policy)
    return policy
