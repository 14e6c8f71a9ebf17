# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The settings that a plan was made by, in the words and units of options."""

from __future__ import annotations

from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.hours import OUTSIDE
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy

PERCENT = 100.0
MIB = 2.0**20


def settings_report(policy: Policy) -> dict[str, Any]:
    """By option; shares in percent, durations in seconds."""
    limits = policy.limits
    return {
        "method": policy.method,
        "estimator": policy.estimator,
        "triggers": list(policy.triggers),
        "balanciness": _percent(policy.balanciness),
        "variation_max": _percent(policy.variation_max),
        "memory_max": _percent(policy.memory_max),
        "cpu_max": _percent(policy.cpu_max),
        "max_moves": limits.max_moves,
        "max_parallel": limits.max_parallel,
        "max_parallel_per_node": limits.max_parallel_per_node,
        "max_parallel_per_source": limits.max_parallel_per_source,
        "max_parallel_per_target": limits.max_parallel_per_target,
        "bandwidth_limit": round(policy.bandwidth_bytes / MIB, 1),
        **_reluctance(policy),
        **_guards(policy),
    }


def _reluctance(policy: Policy) -> dict[str, Any]:
    """What keeps from acting at once."""
    return {
        "hold": policy.hold,
        "cooldown": policy.cooldown_seconds,
        "least_improvement": _percent(policy.least_improvement),
        "benefit_ratio": policy.benefit_ratio,
        "automation": policy.automation,
        "move_running": policy.moves_running,
        "windows": [str(span) for span in policy.hours.windows],
        "blackouts": [str(span) for span in policy.hours.blackouts],
        "time_zone": str(policy.hours.zone),
        "outside_windows": _outside(policy),
        "partial_mandatory": policy.partial_mandatory,
        "auto_rebalance": policy.auto_rebalance,
    }


def _outside(policy: Policy) -> str:
    """The word for what is still moved then."""
    return next(word for word, (categories, _said) in OUTSIDE.items() if categories == policy.outside_windows)


def _guards(policy: Policy) -> dict[str, Any]:
    """What closes targets."""
    return {
        "backup_scope": policy.backup_scope,
        "excluded_nodes": sorted(policy.excluded_nodes),
        "maintenance_nodes": sorted(policy.maintenance_nodes),
        "enabled_nodes": sorted(policy.enabled_nodes),
        "disabled_nodes": sorted(policy.disabled_nodes),
        "memory_overcommit": policy.memory_overcommit,
        "cpu_overcommit": policy.cpu_overcommit,
        "max_disk_usage": _percent(policy.max_disk_usage),
        "restart_containers": policy.restart_containers,
        "with_local_disks": policy.with_local_disks,
        "rules_scope": policy.rules_scope,
        "tag_prefix": policy.tag_prefix,
        "trust_tags": policy.trust_tags,
    }


def _percent(share: float) -> float:
    return round(PERCENT * share, 2)
