# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Balance by a mix of other methods (drs-model 2.3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import isfinite
from operator import or_

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.methods.method import Gauge, Method
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import NOTHING_MORE
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True)
class WeightedGauge:
    """L = sum of a * L over the parts, by the sum of a; the weights add up to 1."""

    parts: Sequence[tuple[float, Gauge]]

    @property
    def readings(self) -> Mapping[str, Reading]:
        return {name: reading for _weight, part in self.parts for name, reading in part.readings.items()}

    def load(self, placement: Placement, node: str, leaving: Sequence[int] = (), arriving: Sequence[int] = ()) -> float:
        return sum(weight * part.load(placement, node, leaving, arriving) for weight, part in self.parts)

    def measures(self, node: str) -> bool:
        return all(part.measures(node) for _weight, part in self.parts)

    def is_guess(self, vmid: int) -> bool:
        return any(part.is_guess(vmid) for _weight, part in self.parts)


def require_weights(weights: Mapping[str, float], methods: Mapping[str, Method]) -> dict[str, float]:
    """Those above 0, in the order of the methods. Raises BadPolicy."""
    unknown = sorted(weights.keys() - methods.keys())
    if unknown:
        raise BadPolicy(f"method_weights names {', '.join(unknown)}; it may name {', '.join(methods)}")
    wrong = sorted(name for name, weight in weights.items() if not (isfinite(weight) and weight >= 0))
    if wrong:
        raise BadPolicy(f"method_weights: the weight of {', '.join(wrong)} must be 0 or more")
    if not any(weights.values()):
        raise BadPolicy("method weighted needs method_weights, with a weight above 0 for at least one method")
    return {name: weights[name] for name in methods if weights.get(name)}


def with_needs_of_parts(method: Method, policy: Policy, methods: Mapping[str, Method]) -> Method:
    """What all parts need together."""
    parts = [methods[name] for name in policy.method_weights if name in methods]
    return replace(
        method,
        needs=reduce(or_, (part.needs for part in parts), NOTHING_MORE),
        guest_needs=reduce(or_, (part.guest_needs for part in parts), NOTHING_MORE),
    )


def weighted(methods: Mapping[str, Method]) -> Method:
    """The method that mixes any of these."""

    def gauge(given: Given) -> WeightedGauge:
        weights = require_weights(given.policy.method_weights, methods)
        total = sum(weights.values())
        return WeightedGauge(tuple((weight / total, methods[name].gauge(given)) for name, weight in weights.items()))

    return Method(name="weighted", describes="weighted load", gauge=gauge)
