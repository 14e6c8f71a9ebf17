# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the administrator declared."""

from __future__ import annotations

from dataclasses import dataclass

RULE_TYPES = ("pin", "ignore", "max_guests")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestSelector:
    """The members of a rule: any guest that matches one of these."""

    vmids: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    pools: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A declared rule (drs-model 3.2); `nodes` empty means every node."""

    name: str
    type: str
    guests: GuestSelector = GuestSelector()
    nodes: tuple[str, ...] = ()
    count: int | None = None
