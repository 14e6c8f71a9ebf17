# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What Proxmox's HA manager was told: resources, affinity rules (PVE 9) and groups (PVE 8), as configured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NO_PRIORITIES: Mapping[str, int] = MappingProxyType({})

ARMED = "armed"
FROZEN = "freeze"
IGNORING = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class HaResource:
    """A guest under HA, by its sid such as vm:100; `state` is what the administrator wants of it.

    With `fails_back` it returns to a better node as soon as there is one; `auto_rebalance` lets Proxmox's own
    balancer move it; `group` is a group of PVE 8.
    """

    sid: str
    state: str = "started"
    group: str | None = None
    fails_back: bool = True
    auto_rebalance: bool = True
    comment: str = ""

    @property
    def is_managed(self) -> bool:
        """The HA manager leaves resources in state ignored alone, as if they were none (drs-model 3.10)."""
        return self.state != "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAffinity:
    """Resources belong on these nodes, best on those of the highest priority; `is_strict`: on no others."""

    name: str
    sids: frozenset[str]
    nodes: Mapping[str, int]
    is_strict: bool = False
    is_disabled: bool = False
    comment: str = ""

    @property
    def has_priorities(self) -> bool:
        """Not all nodes are equally good."""
        return len(set(self.nodes.values())) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceAffinity:
    """Resources share a node (positive) or keep apart; `inferred_from` names the rules that imply this one."""

    name: str
    sids: frozenset[str]
    is_positive: bool
    is_disabled: bool = False
    comment: str = ""
    inferred_from: tuple[str, ...] = ()

    @property
    def is_inferred(self) -> bool:
        """Nobody wrote it: the HA manager derives it from others."""
        return bool(self.inferred_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class HaGroup:
    """A group of PVE 8: its members belong on these nodes; `is_restricted`: on no others."""

    name: str
    nodes: Mapping[str, int] = field(default_factory=lambda: NO_PRIORITIES)
    is_restricted: bool = False
    fails_back: bool = True
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrsOptions:
    """Property `crs` of the datacenter options (pve-api 9): None is not set.

    Threshold and margin are as they are written there: in percent, or fractions in older versions (proxmox-crs 1).
    """

    mode: str | None = None
    method: str | None = None
    threshold: float | None = None
    margin: float | None = None
    hold_rounds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HaConfig:
    """The HA configuration, rules in their order; `mode` is armed, or what disarming makes of guests: freeze, ignore."""

    resources: tuple[HaResource, ...] = ()
    node_affinities: tuple[NodeAffinity, ...] = ()
    resource_affinities: tuple[ResourceAffinity, ...] = ()
    groups: tuple[HaGroup, ...] = ()
    mode: str = ARMED


NO_HA = HaConfig()
NO_CRS = CrsOptions()
