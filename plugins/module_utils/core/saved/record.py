# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What has to be kept of a plan beside its report, so that it can be carried out unchanged later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.saved import moment
from ansible_collections.pve.drs.plugins.module_utils.core.saved.ground import granted, node_states, rule_digests
from ansible_collections.pve.drs.plugins.module_utils.core.saved.seal import sealed

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When a plan was made, until when it may be applied (epoch seconds), and with which options."""

    made: float
    valid_until: float
    settings: Mapping[str, Any]


def record_of(plan: Plan, report: Mapping[str, Any], stamp: Stamp) -> dict[str, Any]:
    """`report` is that of the plan; its moves are sealed, too."""
    cluster = plan.cluster
    vmids = {planned.move.vmid for planned in plan.moves_in_view}
    record = {
        "format": FORMAT,
        "made": moment.written(stamp.made),
        "valid_until": moment.written(stamp.valid_until),
        "settings": dict(stamp.settings),
        "nodes": node_states(cluster),
        "guests": {str(vmid): asdict(granted(cluster.guest_by_vmid[vmid])) for vmid in sorted(vmids)},
        "rules": rule_digests(cluster, plan.policy, vmids),
    }
    return sealed(report, record)
