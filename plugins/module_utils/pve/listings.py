# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The listings that every picture of a cluster is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaConfig
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal
from ansible_collections.pve.drs.plugins.module_utils.pve.ha_config import ha_config, has_groups
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Json, Row, Rows

FIRST_WITH_RULES = 9
SERVER_ERROR = 500


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
    ha: HaConfig


def ask_listings(api: Api, permissions: Row) -> Listings:
    """Side by side; only the version comes first, as it tells where HA keeps its rules."""
    version = str(api.version().get("version") or "")
    calls: list[Callable[[], Json]] = [
        api.cluster_status,
        api.resources,
        api.cluster_tasks,
        api.options,
        api.ha_manager_status,
        api.ha_resources,
        partial(_rules_and_groups, api, version),
    ]
    status, resources, tasks, options, manager, ha_resources, (rules, groups) = api.fan_out(calls)
    if not groups and has_groups(ha_resources):
        groups = _groups_left(api)
    return Listings(
        permissions=permissions,
        version=version,
        status=status,
        resources=resources,
        tasks=tasks,
        options=options,
        manager=manager,
        ha=ha_config(ha_resources, rules, groups, manager),
    )


def _rules_and_groups(api: Api, version: str) -> tuple[Rows, Rows]:
    major = version.partition(".")[0]
    if major.isdigit() and int(major) < FIRST_WITH_RULES:
        return (), api.ha_groups()
    return api.ha_rules(), ()


def _groups_left(api: Api) -> Rows:
    """Groups that PVE 9 has not made rules of yet; afterwards it refuses to list any (pve-api 8.2)."""
    try:
        return api.ha_groups()
    except ApiRefusal as refused:
        if refused.status != SERVER_ERROR:
            raise
        return ()
