# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What Proxmox's own balancer sees (proxmox-crs 2): nodes and HA guests, with what they use and what they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources

# HA states in which a guest uses the node that it is on, and those in which it uses its target as well.
USING = frozenset({"started", "request_stop", "fence", "freeze", "error", "recovery", "migrate", "relocate"})
MOVING = frozenset({"migrate", "relocate"})
ON_BOTH = MOVING | {"request_start_balance"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CrsGuest:
    """A guest by its HA id, such as vm:100; `maximum` is as configured, cpu 0 for a container without limit."""

    sid: str
    node: str
    usage: Resources = NOTHING
    maximum: Resources = NOTHING
    target: str | None = None
    is_running: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CrsNode:
    """An online node: what it has, and what is in use of it."""

    name: str
    capacity: Resources
    usage: Resources = NOTHING

    @property
    def shares(self) -> tuple[float, float]:
        """Cpu and memory in use, as shares of what it has."""
        return self.usage.cpu / self.capacity.cpu, self.usage.memory / self.capacity.memory

    @property
    def load(self) -> float:
        cpu, memory = self.shares
        return (cpu + memory) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """Guests in positive affinity, known by the first of them, and the nodes to which they may go."""

    sid: str
    members: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One bundle to one node, with all that it takes along."""

    sid: str
    members: tuple[str, ...]
    source: str
    target: str
    need: Resources


def expanded(leaders: Sequence[Leader], guests: Mapping[str, CrsGuest], *, static: bool) -> tuple[Candidate, ...]:
    """One candidate for each target, in the order of leaders and targets (proxmox-crs 4)."""
    found = []
    for leader in leaders:
        members = [guests[sid] for sid in leader.members]
        need = sum((member.maximum if static else member.usage for member in members), start=NOTHING)
        source = guests[leader.sid].node
        found += [
            Candidate(sid=leader.sid, members=leader.members, source=source, target=target, need=need)
            for target in leader.targets
        ]
    return tuple(found)
