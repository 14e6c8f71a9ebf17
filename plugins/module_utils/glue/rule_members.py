# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Which guests are in which rule, for the groups of the inventory."""

from __future__ import annotations

from collections import defaultdict

from ansible_collections.pve.drs.plugins.module_utils.core.ha.reading import read_ha
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import directory_of

GROUPS = {"HA rule ": "ha_rule_", "HA group ": "ha_group_"}


def rule_members(cluster: Cluster, rules: tuple[Rule, ...]) -> dict[str, list[str]]:
    """Names of groups by vmid, as text: declared rules that are not switched off, and HA rules and groups in force."""
    directory = directory_of(cluster)
    found: dict[int, list[str]] = defaultdict(list)
    for rule in rules:
        for vmid in directory.members(rule.guests) if rule.enabled else ():
            found[vmid].append(f"rule_{rule.name}")
    for vmid, sources in read_ha(cluster).sources.items():
        named = [name for source in sources for name in source.split(", ")]
        found[vmid] += [
            f"{group}{name.removeprefix(start)}"
            for name in named
            for start, group in GROUPS.items()
            if name.startswith(start)
        ]
    return {str(vmid): list(dict.fromkeys(found[vmid])) for vmid in sorted(found)}
