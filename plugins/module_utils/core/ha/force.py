# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The HA rules that are in force: those that pass every check, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ansible_collections.pve.drs.plugins.module_utils.core.ha.checks import Checked, DroppedRule, failed_checks
from ansible_collections.pve.drs.plugins.module_utils.core.ha.infer import implied_negative, with_partners
from ansible_collections.pve.drs.plugins.module_utils.core.ha.merge import positive_sets
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    HaConfig,
    NodeAffinity,
    ResourceAffinity,
)


@dataclass(frozen=True, kw_only=True)
class RulesInForce:
    """What the HA manager goes by, and what it leaves out; overlapping positive rules are merged.

    `negative` holds what the HA manager infers besides `negative_as_written`.
    """

    on_nodes: tuple[NodeAffinity, ...]
    positive: tuple[ResourceAffinity, ...]
    negative_as_written: tuple[ResourceAffinity, ...]
    dropped: tuple[DroppedRule, ...]

    @cached_property
    def negative(self) -> tuple[ResourceAffinity, ...]:
        written = self.negative_as_written
        return (*written, *implied_negative(self.positive, written))


def rules_in_force(config: HaConfig, node_count: int) -> RulesInForce:
    """Disabled rules take no part; checks look at the rules as configured, inferences at those that are left."""
    on_nodes = tuple(rule for rule in config.node_affinities if not rule.is_disabled)
    affinities = tuple(rule for rule in config.resource_affinities if not rule.is_disabled)
    dropped = failed_checks(Checked(on_nodes, affinities, node_count))
    out = {found.rule for found in dropped}
    kept = [rule for rule in affinities if rule.name not in out]
    positive = tuple(found.as_rule() for found in positive_sets(rule for rule in kept if rule.is_positive))
    return RulesInForce(
        on_nodes=with_partners((rule for rule in on_nodes if rule.name not in out), positive),
        positive=positive,
        negative_as_written=tuple(rule for rule in kept if not rule.is_positive),
        dropped=dropped,
    )
