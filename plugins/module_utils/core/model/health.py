# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What else tells whether a cluster is well, beside its nodes and guests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NO_SERVICES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`ha_master` leads the HA manager, and `services` are its states by sid; `ceph` is None where there is no Ceph.

    `ceph` is in Ceph's words, such as HEALTH_OK, or "unknown" when it did not answer; `ceph_reasons` say more.
    """

    ha_master: str | None = None
    services: Mapping[str, str] = field(default_factory=lambda: NO_SERVICES)
    ceph: str | None = None
    ceph_reasons: tuple[str, ...] = ()
