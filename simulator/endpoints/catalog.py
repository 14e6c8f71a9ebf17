# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Which handler answers which method of the table; written by hand, one line per area."""

from __future__ import annotations

from . import (
    access,
    cluster,
    guest_config,
    guest_create,
    guest_remove,
    guests,
    ha_groups,
    ha_resources,
    ha_rules,
    ha_status,
    history,
    mappings,
    motion,
    nodes,
    options,
    pools,
    replication,
    resources,
    roles,
    snapshots,
    storage,
    tasks,
    tokens,
    users,
    versions,
)  # fmt: skip
from .call import Handler

AREAS = (
    access, cluster, guest_config, guest_create, guest_remove, guests, ha_groups, ha_resources, ha_rules, ha_status, history,
    mappings, motion, nodes, options, pools, replication, resources, roles, snapshots, storage, tasks, tokens, users, versions,
)  # fmt: skip

HANDLERS: dict[str, Handler] = {key: handler for area in AREAS for key, handler in area.HANDLERS.items()}
