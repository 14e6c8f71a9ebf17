# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Who is at work on a cluster, as it stands in the state file."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.model.lock import Lock
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.locks import QUERY
from ansible_collections.pve.drs.plugins.module_utils.state.rows import made


def held_lock(state: StateFile, cluster: str) -> Lock | None:
    return next((made(Lock, row) for row in state.rows(QUERY, cluster)), None)
