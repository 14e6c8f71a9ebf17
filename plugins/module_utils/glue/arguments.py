# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Argument specifications, one function for each group of options; the documentation fragments describe them."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import env_fallback

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import ESTIMATORS, METHODS, TRIGGERS
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.backup import SCOPES
from ansible_collections.pve.drs.plugins.module_utils.core.ha.coexistence import CHOICES
from ansible_collections.pve.drs.plugins.module_utils.core.hours import OUTSIDE
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import AUTOMATION_LEVELS, FULL
from ansible_collections.pve.drs.plugins.module_utils.core.sensitivity import LEVELS
from ansible_collections.pve.drs.plugins.module_utils.glue.facts import ALL, LISTED, SUBSETS
from ansible_collections.pve.drs.plugins.module_utils.pve.membership import LEADERS
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ON_DRIFT

Spec = dict[str, dict[str, Any]]


def connection() -> Spec:
    """Fragment pve.drs.api."""
    return {
        "api_host": {"type": "list", "elements": "str", "required": True, **_environment("PROXMOX_HOST")},
        "api_port": {"type": "int", "default": 8006, **_environment("PROXMOX_PORT")},
        "api_user": {"type": "str", **_environment("PROXMOX_USER")},
        "api_password": {"type": "str", "no_log": True, **_environment("PROXMOX_PASSWORD")},
        "api_token_id": {"type": "str", "no_log": False, **_environment("PROXMOX_TOKEN_ID")},
        "api_token_secret": {"type": "str", "no_log": True, **_environment("PROXMOX_TOKEN_SECRET")},
        "validate_certs": {"type": "bool", "default": True, **_environment("PROXMOX_VALIDATE_CERTS")},
        "ca_path": {"type": "path"},
        "api_timeout": {"type": "int", "default": 40},
    }


def judging() -> Spec:
    """Fragments pve.drs.policy, measuring, deciding and rules: what decides how a cluster stands."""
    return _choosing() | _measuring() | _deciding() | _rules()


def _choosing() -> Spec:
    """Fragment pve.drs.policy: what everything that is not given comes from."""
    return {
        "policy": {"type": "str", "default": "balance"},
        "policies": {"type": "dict", "default": {}},
        "sensitivity": {"type": "int", "choices": list(LEVELS)},
        "hold": {"type": "int"},
        "cycle": {"type": "int"},
        "cooldown": {"type": "int"},
        "least_improvement": {"type": "float"},
        "benefit_ratio": {"type": "float"},
    }


def _deciding() -> Spec:
    """Fragment pve.drs.deciding: what calls for action, and how far nodes may be filled."""
    return {
        "triggers": {"type": "list", "elements": "str", "choices": list(TRIGGERS)},
        "balanciness": {"type": "float"},
        "variation_max": {"type": "float"},
        "memory_max": {"type": "float"},
        "cpu_max": {"type": "float"},
        "pools": {"type": "list", "elements": "dict", "default": []},
        "link_gbit": {"type": "float"},
        "link_gbit_by_node": {"type": "dict", "default": {}},
        "excluded_nodes": {"type": "list", "elements": "str", "default": []},
        "maintenance_nodes": {"type": "list", "elements": "str", "default": []},
        "enabled_nodes": {"type": "list", "elements": "str", "default": []},
        "disabled_nodes": {"type": "list", "elements": "str", "default": []},
    }


def _rules() -> Spec:
    """Fragment pve.drs.rules: what binds guests to places."""
    return {
        "rules": {"type": "list", "elements": "dict", "default": []},
        "node_groups": {"type": "dict", "default": {}},
        "rules_scope": {"type": "str", "default": "running", "choices": ["running", "all"]},
        "tag_prefix": {"type": "str", "default": "drs"},
        "trust_tags": {"type": "bool", "default": False},
    }


def declaring() -> Spec:
    """Who is in which rule; documented by whoever takes it."""
    shared = _rules()
    return {"rules": shared["rules"], "node_groups": shared["node_groups"]}


def keeping_rules() -> Spec:
    """Options of drs_rules alone, and those about rules that it shares; documented there."""
    shared = _rules()
    return {
        **declaring(),
        "tag_prefix": shared["tag_prefix"],
        "trust_tags": shared["trust_tags"],
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "purge": {"type": "bool", "default": False},
        "write": {"type": "list", "elements": "str", "choices": ["ha", "tags"], "default": ["ha", "tags"]},
        "validate": {"type": "bool", "default": False},
    }


def _measuring() -> Spec:
    """Fragment pve.drs.measuring: how loads come about."""
    return {
        "method": {"type": "str", "choices": list(METHODS)},
        "method_weights": {"type": "dict", "default": {}},
        "pressure_limits": {"type": "dict", "default": {}},
        "cpu_speeds": {"type": "dict", "default": {}},
        "speed_by_clock": {"type": "bool", "default": False},
        "smt_percent": {"type": "float", "default": 100},
        "reclaim_arc": {"type": "bool", "default": False},
        "count_merged": {"type": "bool", "default": False},
        "assigned_scope": {"type": "str", "default": "running", "choices": ["running", "all"]},
        "included_storages": {"type": "list", "elements": "str", "default": []},
        "excluded_storages": {"type": "list", "elements": "str", "default": []},
        "estimator": {"type": "str", "choices": list(ESTIMATORS)},
        "state_path": {"type": "path"},
    }


def moving() -> Spec:
    """Fragments pve.drs.policy.moving and guarding: how much is moved at once, and which guests may be."""
    return {
        "max_moves": {"type": "int"},
        "max_parallel": {"type": "int", "default": 4},
        "max_parallel_per_node": {"type": "int", "default": 2},
        "max_parallel_per_source": {"type": "int"},
        "max_parallel_per_target": {"type": "int"},
        "bandwidth_limit": {"type": "float", "default": 0},
        "planning_seconds": {"type": "float", "default": 30},
        "exact_seconds": {"type": "float", "default": 0},
        "automation": {"type": "str", "default": FULL, "choices": list(AUTOMATION_LEVELS)},
        "move_running": {"type": "bool", "default": True},
        "partial_mandatory": {"type": "str", "default": "recommend", "choices": ["recommend", "apply"]},
        "approve": {"type": "list", "elements": "str", "default": []},
        "auto_rebalance": {"type": "str", "default": CHOICES[0], "choices": list(CHOICES)},
        **guarding(),
        "migration_link_gbit": {"type": "float", "default": 10},
        "explain": {"type": "list", "elements": "int", "default": []},
        "alternatives": {"type": "int", "default": 0},
        "settle": {"type": "int", "default": 20},
        "timeout": {"type": "int"},
    }


def executing() -> Spec:
    """Fragment pve.drs.executing: how patient an execution is, and what it does when something goes wrong."""
    return {
        "retries": {"type": "int", "default": 1, "choices": [0, 1]},
        "wait_foreign": {"type": "int", "default": 120},
        "migration_timeout": {"type": "int"},
        "on_drift": {"type": "str", "default": ON_DRIFT[0], "choices": list(ON_DRIFT)},
        "lock_wait": {"type": "int", "default": 0},
    }


def timing() -> Spec:
    """Fragment pve.drs.timing: when guests may be moved."""
    return {
        "windows": {"type": "list", "elements": "dict", "default": []},
        "blackouts": {"type": "list", "elements": "dict", "default": []},
        "time_zone": {"type": "str", "default": "UTC"},
        "outside_windows": {"type": "str", "default": MANDATORY, "choices": list(OUTSIDE)},
        "backup_scope": {"type": "str", "default": Policy().backup_scope, "choices": list(SCOPES)},
    }


def leading() -> Spec:
    """Options of drs_balance alone; documented there."""
    return {"leader": {"type": "str", "default": LEADERS[0], "choices": list(LEADERS)}}


def observing() -> Spec:
    """Options of drs_balance alone; documented there."""
    return {"observe": {"type": "int", "default": 0}, "observe_every": {"type": "int"}}


def keeping_plans() -> Spec:
    """Options of drs_balance alone; documented there."""
    return {"plan": {"type": "raw"}, "plan_valid": {"type": "int", "default": 3600}}


def evacuating() -> Spec:
    """Options of drs_evacuate alone, and those of moving() that it has other defaults for; documented there."""
    return {
        "nodes": {"type": "list", "elements": "str", "required": True},
        "state": {"type": "str", "default": "evacuated", "choices": ["evacuated", "returned"]},
        "on_blocked": {"type": "str", "default": "fail", "choices": ["fail", "skip", "shutdown"]},
        "on_rule_block": {"type": "str", "default": "report", "choices": ["report", "relax_should"]},
        "containers": {"type": "str", "default": "restart", "choices": ["restart", "skip", "shutdown_first"]},
        "ha_mode": {"type": "str", "default": "explicit", "choices": ["explicit", "manager"]},
        "ha_wait": {"type": "int", "default": 300},
        "return": {"type": "str", "default": "home", "choices": ["home", "rebalance", "none"]},
        "homes": {"type": "list", "elements": "dict"},
        "shutdown_timeout": {"type": "int", "default": 180},
        "ready_uptime": {"type": "int", "default": 120},
        "ready_wait": {"type": "int", "default": 300},
        "max_parallel": {"type": "int", "default": 8},
        "max_parallel_per_node": {"type": "int", "default": 8},
    }


def pooling() -> Spec:
    """Options of drs_pools alone, and those that it shares; documented there."""
    return {
        "pools": _deciding()["pools"],
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "weight_interval": {"type": "int", "default": 600},
        "state_path": _measuring()["state_path"],
        "lock_wait": executing()["lock_wait"],
        **leading(),
    }


def guarding() -> Spec:
    """Fragment pve.drs.guarding: which guests may be moved, and which nodes have room for them."""
    return {
        "restart_containers": {"type": "bool", "default": False},
        "with_local_disks": {"type": "bool", "default": False},
        "max_disk_usage": {"type": "float", "default": 0},
        "memory_overcommit": {"type": "float", "default": 1},
        "cpu_overcommit": {"type": "float", "default": 4},
        "cpu_classes": {"type": "dict", "default": {}},
        "host_layouts": {"type": "dict", "default": {}},
    }


def gathering() -> Spec:
    """Options of drs_facts alone; documented there."""
    return {
        "gather": {"type": "list", "elements": "str", "choices": [ALL, *SUBSETS], "default": list(LISTED)},
        "prometheus_file": {"type": "path"},
    }


def _environment(name: str) -> dict[str, Any]:
    return {"fallback": (env_fallback, [name])}
