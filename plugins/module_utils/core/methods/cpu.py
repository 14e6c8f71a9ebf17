# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Balance by used cpu: busy cores / cores (drs-model 2.3)."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.cpu_demand import cpu_demands
from ansible_collections.pve.drs.plugins.module_utils.core.methods.linear import LinearGauge
from ansible_collections.pve.drs.plugins.module_utils.core.methods.method import Method
from ansible_collections.pve.drs.plugins.module_utils.core.methods.used import used_reading
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs


def gauge(given: Given) -> LinearGauge:
    """In cores; a guest takes along what it would use if it did not have to wait, as far as that is known (2.5)."""
    used = used_reading(given, "cpu", lambda used: used.cpu)
    return LinearGauge("cpu", replace(used, guests=cpu_demands(given.cluster)))


CPU = Method(name="cpu", describes="cpu in use", gauge=gauge, guest_needs=Needs(guest_pressure=True))
