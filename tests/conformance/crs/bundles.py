# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Which started guests form one bundle that may be moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.ha.bundles import Service, movable_bundles


def differences(case: dict[str, Any]) -> Iterator[str]:
    """What Proxmox bundles otherwise than we do."""
    services = {sid: Service(node=found["node"], state=found["state"]) for sid, found in case["services"].items()}
    together = {sid: frozenset(others) for sid, others in case["together"].items()}
    ours = {leader: sorted(members) for leader, members in movable_bundles(services, together).items()}
    theirs = {leader: sorted(members) for leader, members in case["expected"]["bundles"].items()}
    if ours != theirs:
        yield f"bundles should be {theirs}, and are {ours}"
