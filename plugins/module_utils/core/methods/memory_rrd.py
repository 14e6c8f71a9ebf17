# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Balance by used memory as Proxmox VE recorded it: mean of the last hour (drs-model 2.3)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.methods.linear import LinearGauge
from ansible_collections.pve.drs.plugins.module_utils.core.methods.method import Method
from ansible_collections.pve.drs.plugins.module_utils.core.methods.used import used_reading


def gauge(given: Given) -> LinearGauge:
    """In bytes."""
    return LinearGauge("memory_rrd", used_reading(given, "memory_rrd", lambda used: used.memory))


MEMORY_RRD = Method(name="memory_rrd", describes="mean memory in use of the last hour", gauge=gauge, estimator="mean")
