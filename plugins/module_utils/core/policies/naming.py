# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""From the name of a policy to the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.crs.settings import with_fields
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.policies.preset import Preset
from ansible_collections.pve.drs.plugins.module_utils.core.sensitivity import LEVELS, MAX_MOVES


def named_policy(presets: Mapping[str, Preset], name: str, sensitivity: int | None = None) -> Policy:
    """What the preset says, and over it the level of sensitivity where one is given. Raises BadPolicy."""
    if name not in presets:
        raise BadPolicy(f"policy {name} is unknown; known are {', '.join(presets)}")
    preset = presets[name]
    policy = replace(_with(Policy(), preset.settings, preset.limits), name=name)
    if sensitivity is None:
        return policy
    if sensitivity not in LEVELS:
        raise BadPolicy(f"sensitivity is {sensitivity}, but must be between {min(LEVELS)} and {max(LEVELS)}")
    return _with(policy, LEVELS[sensitivity], {"max_moves": MAX_MOVES[sensitivity]})


def _with(policy: Policy, settings: Mapping[str, Any], limits: Mapping[str, int]) -> Policy:
    return replace(with_fields(policy, dict(settings)), limits=replace(policy.limits, **limits))
