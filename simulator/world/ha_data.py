# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""HA resources, rules and groups as configuration holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class HaResource:
    """One guest under HA; `state` is what the administrator wants."""

    sid: str
    state: str = "started"
    max_restart: int = 1
    max_relocate: int = 1
    failback: bool = True
    group: str | None = None
    comment: str = ""
    # Options set by hand; only these are listed.
    given: dict[str, object] = field(default_factory=dict)

    @property
    def vmid(self) -> int:
        return int(self.sid.split(":", 1)[1])

    @property
    def kind(self) -> str:
        """The part of the sid before the colon: vm or ct."""
        return self.sid.split(":", 1)[0]

    @property
    def is_managed(self) -> bool:
        return self.state != "ignored"


@dataclass(frozen=True)
class HaRule:
    """One rule; `nodes` maps node to priority (node-affinity), `affinity` is positive or negative."""

    name: str
    type: str
    sids: frozenset[str]
    nodes: Mapping[str, int] = field(default_factory=dict)
    strict: bool = False
    affinity: str | None = None
    is_disabled: bool = False
    comment: str = ""


@dataclass(frozen=True)
class HaGroup:
    """A group of PVE 8: nodes with priorities."""

    name: str
    nodes: Mapping[str, int]
    restricted: bool = False
    nofailback: bool = False
    comment: str = ""


@dataclass(frozen=True)
class HaSpec:
    """HA configuration at the first moment; nodes in `maintenance` start in it."""

    resources: tuple[HaResource, ...] = ()
    rules: tuple[HaRule, ...] = ()
    groups: tuple[HaGroup, ...] = ()
    maintenance: tuple[str, ...] = ()


NO_HA = HaSpec()


@dataclass(slots=True)
class Service:
    """What the cluster resource manager knows of one resource."""

    sid: str
    state: str
    node: str
    uid: str
    target: str | None = None
    maintenance_node: str | None = None
    running: bool = False
    failed_nodes: list[str] = field(default_factory=list)
    restarts: int = 0
    relocations: int = 0
    command: tuple[str, str] | None = None
