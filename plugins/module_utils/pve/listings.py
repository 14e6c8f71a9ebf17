# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The listings that every picture of a cluster is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.pve import ha
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Json, Row, Rows

FIRST_WITH_RULES = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Listings:
    """What was asked, as PVE answered it."""

    permissions: Row
    version: str
    status: Rows
    resources: Rows
    tasks: Rows
    options: Row
    manager: Row
    ha_rules: dict[int, str]


def ask_listings(api: Api, permissions: Row) -> Listings:
    """Side by side; only the version comes first, as it tells where HA keeps its rules."""
    version = str(api.version().get("version") or "")
    calls: list[Callable[[], Json]] = [
        api.cluster_status,
        api.resources,
        api.cluster_tasks,
        api.options,
        api.ha_manager_status,
        partial(_ha_rules, api, version),
    ]
    status, resources, tasks, options, manager, ha_rules = api.fan_out(calls)
    return Listings(
        permissions=permissions,
        version=version,
        status=status,
        resources=resources,
        tasks=tasks,
        options=options,
        manager=manager,
        ha_rules=ha_rules,
    )


def _ha_rules(api: Api, version: str) -> dict[int, str]:
    major = version.partition(".")[0]
    if major.isdigit() and int(major) < FIRST_WITH_RULES:
        return ha.groups_by_guest(api.ha_resources(), api.ha_groups())
    return ha.rules_by_guest(api.ha_rules())
