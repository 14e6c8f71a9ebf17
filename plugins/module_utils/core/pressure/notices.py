# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Why a node under pressure is left as it is."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.pressure.gauge import HOT, PressureGauge
from ansible_collections.pve.drs.plugins.module_utils.core.pressure.measured import SETTLE_SECONDS
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem


def pressure_notices(problem: Problem) -> Iterator[str]:
    """One for each hot node that migration cannot help, or not yet (drs-model 2.7.3); none with other methods."""
    gauge = problem.gauge
    if not isinstance(gauge, PressureGauge):
        return
    start = problem.placement()
    for node in gauge.pressures:
        hot = [name for name, index in gauge.indexes(start, node).items() if index >= HOT]
        if hot and node in gauge.settling:
            yield (
                f"{node} is under pressure ({', '.join(hot)}), but a guest came or went less than {SETTLE_SECONDS:g} s "
                f"ago: it is left to settle"
            )
        elif _is_storage_bound(gauge, node, hot):
            yield (
                f"{node} is storage-bound, migration cannot help: {', '.join(hot)} is too high, "
                f"and no guest that waits for storage is known to have its disks on the node itself"
            )


def _is_storage_bound(gauge: PressureGauge, node: str, hot: list[str]) -> bool:
    return any(name.startswith("io ") for name in hot) and gauge.readings["io_some"].nodes[node] == 0.0
