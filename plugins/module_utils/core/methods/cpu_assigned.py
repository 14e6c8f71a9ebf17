# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Balance by the vCPUs that guests are configured with (drs-model 2.3)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.methods.assigned import assigned_reading
from ansible_collections.pve.drs.plugins.module_utils.core.methods.linear import LinearGauge
from ansible_collections.pve.drs.plugins.module_utils.core.methods.method import Method
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs


def gauge(given: Given) -> LinearGauge:
    """In vCPUs."""
    return LinearGauge("cpu_assigned", assigned_reading(given, "cpu_assigned", lambda size: size.cpu))


CPU_ASSIGNED = Method(name="cpu_assigned", describes="assignment of vCPUs", gauge=gauge, needs=Needs(vcpus=True))
