# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Rules as the constraints look them up: by guest, each with the words that name where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NO_REASONS: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Guests that must share a node (drs-model 3.5), in order of vmid; `source` names the rules, such as "rule web"."""

    vmids: tuple[int, ...]
    source: str
    is_ha: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """Guests that must be on nodes of their own, two by two, save those of one bundle."""

    vmids: frozenset[int]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """The nodes on which a guest must be."""

    nodes: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What should be: type is together, separate or run_on; it costs `weight` for each guest (or pair) that differs."""

    type: str
    vmids: tuple[int, ...]
    nodes: frozenset[str] = frozenset()
    source: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DisabledRule:
    """A rule that does not count because of others that are older, or come from a higher rank (drs-model 3.7).

    `reason` is one sentence about the guests and nodes that it fails for, `demands` what each of the rules wants.
    """

    source: str
    conflicts_with: tuple[str, ...]
    reason: str
    vmids: tuple[int, ...] = ()
    nodes: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()

    def __str__(self) -> str:
        because = f"because of {', '.join(self.conflicts_with)}" if self.conflicts_with else "it can never be kept"
        return f"{self.source} does not count, {because}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Automation:
    """How much of what a guest needs is done without asking, and who says so."""

    level: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRules:
    """Reasons by vmid for pinned and ignored guests, guest counts by node, what binds each guest, what has no effect.

    `bundles`, `separations`, `domains` and `automation` are by vmid; `warnings` are what could not be proven, or cannot
    be kept at the moment.
    """

    pinned: Mapping[int, str] = field(default_factory=lambda: NO_REASONS)
    ignored: Mapping[int, str] = field(default_factory=lambda: NO_REASONS)
    max_guests: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    bundles: Mapping[int, Bundle] = field(default_factory=dict)
    separations: Mapping[int, tuple[Separation, ...]] = field(default_factory=dict)
    domains: Mapping[int, tuple[Domain, ...]] = field(default_factory=dict)
    preferences: tuple[Preference, ...] = ()
    automation: Mapping[int, Automation] = field(default_factory=dict)
    disabled: tuple[DisabledRule, ...] = ()
    ineffective: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
