# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Numbers that options may take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy

# option, lowest, highest, unit
RANGES = (
    ("smt_percent", 0, 100, " percent"),
    ("max_disk_usage", 0, 100, " percent"),
    ("memory_overcommit", 0, 100, " times"),
    ("cpu_overcommit", 0, 1_000, " times"),
    ("max_moves", 1, 10_000, " moves"),
    ("max_parallel", 1, 1_000, " moves"),
    ("max_parallel_per_node", 1, 1_000, " moves"),
    ("max_parallel_per_source", 1, 1_000, " moves"),
    ("max_parallel_per_target", 1, 1_000, " moves"),
    ("bandwidth_limit", 0, 1_000_000, " MiB/s"),
    ("migration_timeout", 10, 604_800, " seconds"),
    ("wait_foreign", 0, 86_400, " seconds"),
    ("alternatives", 0, 100, " moves"),
    ("planning_seconds", 0.1, 3_600, " seconds"),
    ("exact_seconds", 0, 3_600, " seconds"),
    ("link_gbit", 0.1, 1_000, " Gbit/s"),
    ("migration_link_gbit", 0.1, 1_000, " Gbit/s"),
    ("settle", 0, 3_600, " seconds"),
    ("ha_wait", 0, 86_400, " seconds"),
    ("shutdown_timeout", 1, 86_400, " seconds"),
    ("start_timeout", 1, 86_400, " seconds"),
    ("wave", 1, 1_000, " guests"),
    ("ready_uptime", 0, 86_400, " seconds"),
    ("ready_wait", 0, 86_400, " seconds"),
    ("observe", 0, 86_400, " seconds"),
    ("observe_every", 1, 3_600, " seconds"),
    ("timeout", 1, 604_800, " seconds"),
    ("weight_interval", 0, 604_800, " seconds"),
    ("api_port", 1, 65_535, ""),
    ("api_timeout", 1, 3_600, " seconds"),
)


def require_ranges(params: Mapping[str, Any]) -> None:
    """Raises BadPolicy for the first number outside its range; "not a number" is outside every range."""
    for option, lowest, highest, unit in RANGES:
        value = params.get(option)
        if value is not None and not lowest <= value <= highest:
            raise BadPolicy(f"{option} is {value:g}, but must be between {lowest:g} and {highest:g}{unit}")
