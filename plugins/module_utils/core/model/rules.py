# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the administrator declared."""

from __future__ import annotations

from dataclasses import dataclass

RULE_TYPES = ("together", "separate", "run_on", "not_run_on", "pin", "ignore", "max_guests", "automation")
# These may also be wishes; the others have no weaker form.
SOFT_TYPES = ("together", "separate", "run_on", "not_run_on")
MUST = "must"
SHOULD = "should"
# How much is done without asking, least first (drs-model 6.13).
MANUAL = "manual"
PARTIAL = "partial"
FULL = "full"
AUTOMATION_LEVELS = (MANUAL, PARTIAL, FULL)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestSelector:
    """The members of a rule: any guest that matches one of these; patterns are of names, as a shell has them."""

    vmids: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    pools: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A declared rule (drs-model 3.2); for max_guests, `nodes` empty means every node; `level` is for automation alone.

    `created` is in seconds since the epoch, None where not told: such rules are older, those further up the list
    more so.
    """

    name: str
    type: str
    guests: GuestSelector = GuestSelector()
    nodes: tuple[str, ...] = ()
    count: int | None = None
    strength: str = MUST
    enabled: bool = True
    created: float | None = None
    level: str = ""
