# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How HA and Ceph are."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.health import Health
from ansible_collections.pve.drs.plugins.module_utils.pve import ha
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, text

# What Proxmox VE says where Ceph was never set up.
NO_CEPH = ("not installed", "not initialized", "not fully configured")
NOT_IMPLEMENTED = 501
UNKNOWN = "unknown"


def health_of(api: Api, manager: Row) -> Health:
    """One request, for Ceph. Raises ApiError when no host answers."""
    status, reasons = _ceph(api)
    return Health(ha_master=ha.master(manager), services=ha.services(manager), ceph=status, ceph_reasons=reasons)


def _ceph(api: Api) -> tuple[str | None, tuple[str, ...]]:
    try:
        answer = api.ceph_status()
    except ApiRefusal as refused:
        if refused.status == NOT_IMPLEMENTED or any(words in refused.says for words in NO_CEPH):
            return None, ()
        return UNKNOWN, (refused.says,)
    health = answer.get("health")
    if not isinstance(health, Mapping):
        return UNKNOWN, ("it tells nothing of its health",)
    checks = health.get("checks")
    return text(health.get("status")) or UNKNOWN, _reasons(checks) if isinstance(checks, Mapping) else ()


def _reasons(checks: Mapping[str, object]) -> tuple[str, ...]:
    """The message of each check that complains, or its name."""
    found = []
    for name, check in sorted(checks.items()):
        summary = check.get("summary") if isinstance(check, Mapping) else None
        message = summary.get("message") if isinstance(summary, Mapping) else None
        found.append(text(message) or name)
    return tuple(found)
