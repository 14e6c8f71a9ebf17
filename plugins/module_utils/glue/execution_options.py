# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Module parameters -> how an execution goes about its work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions


def execution_options(params: Mapping[str, Any]) -> ExecuteOptions:
    """Of fragment pve.drs.executing, and `settle`."""
    return ExecuteOptions(
        settle_seconds=params["settle"],
        retries=params["retries"],
        wait_foreign_seconds=params["wait_foreign"],
        migration_timeout_seconds=params["migration_timeout"],
        on_drift=params["on_drift"],
    )
