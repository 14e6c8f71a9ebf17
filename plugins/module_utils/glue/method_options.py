# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options of single methods and single nodes: weights, limits of pressure, speeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import MIXABLE_METHODS
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.methods.disk import DISK
from ansible_collections.pve.drs.plugins.module_utils.core.methods.psi import PSI
from ansible_collections.pve.drs.plugins.module_utils.core.methods.weighted import require_weights
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import PRESSURE_LIMITS, Policy, PressureLimits

Params = Mapping[str, Any]
MOST_PERCENT = 100.0
LEAST_SPEED, MOST_SPEED = 0.1, 10_000.0
LEAST_GBIT, MOST_GBIT = 0.1, 1_000.0
KINDS = tuple(field.name for field in fields(PressureLimits))


def weights(params: Params) -> dict[str, float]:
    """By method. Raises BadPolicy where method and method_weights do not go together."""
    if params["method"] != "weighted":
        _require_unset(params, "method_weights", "weighted")
        return {}
    try:
        found = {str(name): float(weight) for name, weight in params["method_weights"].items()}
    except (TypeError, ValueError):
        raise BadPolicy("method_weights must hold numbers, such as {cpu: 1, memory: 1}") from None
    return require_weights(found, MIXABLE_METHODS)


def pressure_limits(params: Params) -> dict[str, PressureLimits]:
    """By resource, in percent: what is not named is as by default. Raises BadPolicy."""
    if params["method"] != PSI.name:
        _require_unset(params, "pressure_limits", PSI.name)
    given = params["pressure_limits"]
    unknown = sorted(str(name) for name in given.keys() - PRESSURE_LIMITS.keys())
    if unknown:
        raise BadPolicy(f"pressure_limits names {', '.join(unknown)}; it may name {', '.join(PRESSURE_LIMITS)}")
    return {name: replace(limits, **_percents(name, given.get(name, {}))) for name, limits in PRESSURE_LIMITS.items()}


def cpu_speeds(params: Params) -> dict[str, float]:
    """By node. Raises BadPolicy."""
    if params["cpu_speeds"] and params["speed_by_clock"]:
        raise BadPolicy("cpu_speeds and speed_by_clock are two ways to say the same; use one of them")
    return _by_node(params, "cpu_speeds", LEAST_SPEED, MOST_SPEED)


def link_speeds(params: Params) -> dict[str, float]:
    """In Gbit/s by node. Raises BadPolicy."""
    return _by_node(params, "link_gbit_by_node", LEAST_GBIT, MOST_GBIT)


def _by_node(params: Params, option: str, least: float, most: float) -> dict[str, float]:
    found = {str(node): _number(value) for node, value in params[option].items()}
    wrong = sorted(node for node, value in found.items() if not least <= value <= most)
    if wrong:
        raise BadPolicy(f"{option}: {', '.join(wrong)} must have a number between {least:g} and {most:g}")
    return found


def storage_ids(params: Params, option: str) -> frozenset[str]:
    """Raises BadPolicy where they would have no effect."""
    if params[option] and DISK.name not in (params["method"], *params["method_weights"]):
        raise BadPolicy(f"{option} is for method {DISK.name}, but the method is {params['method']}")
    return frozenset(params[option])


def require_local_disks(policy: Policy) -> None:
    """Raises BadPolicy where the method moves disks and the policy does not allow it."""
    if "disk" in (policy.method, *policy.method_weights) and not policy.with_local_disks:
        raise BadPolicy("method disk moves guests together with their local disks: set with_local_disks to allow it")


def _percents(resource: str, given: object) -> dict[str, float | None]:
    """0 switches a comparison off."""
    if not isinstance(given, Mapping) or not given.keys() <= set(KINDS):
        raise BadPolicy(f"pressure_limits: {resource} must be a dictionary of {', '.join(KINDS)}")
    if resource == "cpu" and given.get("full"):
        raise BadPolicy("pressure_limits: cpu has no full, as the kernel does not define it for a whole host")
    return {kind: _percent(f"{resource} {kind}", value) for kind, value in given.items()}


def _percent(name: str, value: object) -> float | None:
    percent = _number(value)
    if not 0 <= percent <= MOST_PERCENT:
        raise BadPolicy(f"pressure_limits: {name} is {value}, but must be between 0 and 100 percent")
    return percent or None


def _number(value: object) -> float:
    """-1, which no option takes, where it is none."""
    try:
        return float(str(value))
    except ValueError:
        return -1.0


def _require_unset(params: Params, option: str, method: str) -> None:
    if params[option]:
        raise BadPolicy(f"{option} is for method {method}, but the method is {params['method']}")
