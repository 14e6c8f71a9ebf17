# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Resource pools as they are declared: who shares what with whom, and what each is promised (drs-model 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType

from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector

HIGH, NORMAL, LOW = "high", "normal", "low"
LEVELS = (HIGH, NORMAL, LOW)
CPU, MEMORY = "cpu", "memory"
RESOURCES = (CPU, MEMORY)
# How the weight of a scalable pool grows: by the shares of its guests, or by their number.
FIXED, BY_SHARES, BY_COUNT = "fixed", "shares", "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Of one resource, in cores or bytes: `shares` are a level or a number; no more than `limit`, at least `reservation`.

    An `expandable` reservation may borrow from the parent; `scalable` is fixed, shares or count. Both are for pools alone.
    """

    shares: str | int = NORMAL
    reservation: float = 0.0
    limit: float = inf
    expandable: bool = True
    scalable: str = FIXED


NOBODY = GuestSelector()
TERMS: Mapping[str, Terms] = MappingProxyType({CPU: Terms(), MEMORY: Terms()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One of the tree; `parent` is None at the top. `guests` are terms of single members, by vmid and resource."""

    name: str
    parent: str | None = None
    terms: Mapping[str, Terms] = field(default_factory=lambda: TERMS)
    members: GuestSelector = NOBODY
    guests: Mapping[int, Mapping[str, Terms]] = field(default_factory=dict)
