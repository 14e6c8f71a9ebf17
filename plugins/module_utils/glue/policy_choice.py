# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options policy, policies and sensitivity: where everything that is not given comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES
from ansible_collections.pve.drs.plugins.module_utils.core.crs.settings import with_fields
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy
from ansible_collections.pve.drs.plugins.module_utils.core.sensitivity import LEVELS
from ansible_collections.pve.drs.plugins.module_utils.glue.policy_settings import (
    OWN_SETTINGS,
    SETTINGS,
    Params,
    fields_from,
)

BASE, LEVEL, WEIGHTS, MAX_MOVES = "base", "sensitivity", "method_weights", "max_moves"
KEYS = (BASE, LEVEL, WEIGHTS, MAX_MOVES, *SETTINGS, *OWN_SETTINGS)
MOST_MOVES = 10_000


def chosen_policy(params: Params) -> Policy:
    """The policy that options name, with what its own definition says, but no other options. Raises BadPolicy."""
    name = params["policy"]
    own = _own_policies(params["policies"]).get(name, {})
    built_in = own.get(BASE, "balance") if own else name
    if str(built_in) not in POLICIES:
        known = ", ".join([*POLICIES, *map(str, params["policies"])])
        raise BadPolicy(f"policy {built_in} is unknown; known are {known}")
    level = params[LEVEL] if params[LEVEL] is not None else _level(name, own)
    policy = replace(named_policy(POLICIES, built_in, level), name=name)
    try:
        return _with_own(policy, own)
    except BadPolicy as error:
        raise BadPolicy(f"policies: {name}: {error}") from None


def _with_own(policy: Policy, own: Mapping[str, Any]) -> Policy:
    limits = policy.limits
    if own.get(MAX_MOVES) is not None:
        limits = replace(limits, max_moves=_moves(own[MAX_MOVES]))
    weights = own.get(WEIGHTS, policy.method_weights)
    if not isinstance(weights, Mapping):
        raise BadPolicy(f"method_weights is {weights}, but must be a dictionary, such as {{cpu: 1, memory: 1}}")
    fields = fields_from(own, {**SETTINGS, **OWN_SETTINGS})
    return replace(with_fields(policy, fields), limits=limits, method_weights=weights)


def _own_policies(given: Params) -> dict[str, dict[str, Any]]:
    """By name. Raises BadPolicy for a name that is taken, or what no policy can set."""
    found = {}
    for name, own in given.items():
        if name in POLICIES:
            raise BadPolicy(f"policies: {name} is the name of a policy that exists; name yours otherwise")
        if not isinstance(own, Mapping):
            raise BadPolicy(f"policies: {name} must be a dictionary of what the policy sets")
        unknown = sorted(str(key) for key in own.keys() - set(KEYS))
        if unknown:
            raise BadPolicy(f"policies: {name} sets {', '.join(unknown)}; it may set {', '.join(KEYS)}")
        found[str(name)] = {BASE: "balance", **own}
    return found


def _level(name: str, own: Mapping[str, Any]) -> int | None:
    level = own.get(LEVEL)
    if level is not None and level not in tuple(LEVELS):
        raise BadPolicy(f"policies: {name}: sensitivity is {level}, but must be one of {', '.join(map(str, LEVELS))}")
    return level


def _moves(given: object) -> int:
    if not isinstance(given, int) or not 0 <= given <= MOST_MOVES:
        raise BadPolicy(f"max_moves is {given}, but must be a whole number from 0 to {MOST_MOVES}")
    return given
