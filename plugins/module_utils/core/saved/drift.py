# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What of a cluster is no longer as a plan took it for granted, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.saved.ground import granted, node_states, rule_digests
from ansible_collections.pve.drs.plugins.module_utils.core.saved.model import SavedGuest, SavedPlan, SavedStep
from ansible_collections.pve.drs.plugins.module_utils.core.saved.progress import stations

GIB = 2.0**30


def differences(saved: SavedPlan, steps: Sequence[SavedStep], cluster: Cluster, policy: Policy) -> tuple[str, ...]:
    """Nodes, the guests that the steps move, and rules; loads may differ, for every move is judged anew."""
    if cluster.name != saved.cluster:
        return (f"it was made for cluster {saved.cluster}, and this is {cluster.name}",)
    # Somebody who approves of nothing that is recommended need not care about its guests.
    ways = stations(steps)
    return (
        *_nodes(saved.nodes, node_states(cluster)),
        *_guests(saved, ways, cluster),
        *_rules(saved.rules, rule_digests(cluster, policy, saved.guests.keys())),
    )


def _nodes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    yield from (f"node {name} is gone" for name in sorted(then.keys() - now.keys()))
    yield from (f"node {name} is new" for name in sorted(now.keys() - then.keys()))
    for name in sorted(then.keys() & now.keys()):
        if then[name] != now[name]:
            yield f"node {name} was {_in_state(then[name])}, and is {_in_state(now[name])} now"


def _in_state(state: str) -> str:
    return f"in {state}" if state == "maintenance" else state


def _guests(saved: SavedPlan, ways: Mapping[int, Sequence[str]], cluster: Cluster) -> Iterator[str]:
    moving = {migration.vmid: migration for migration in cluster.migrations}
    for vmid, way in sorted(ways.items()):
        then, now = saved.guests[vmid], cluster.guest_by_vmid.get(vmid)
        label = f"guest {vmid} ({then.name})" if then.name else f"guest {vmid}"
        if now is None:
            yield f"{label} is gone, or cannot be seen any more"
        elif now.node not in way:
            yield f"{label} is on {now.node} now, and not on {way[0]} any more: somebody else moved it"
        elif now.node != way[-1]:
            yield from (f"{label} {change}" for change in _changes(then, now, is_moving=vmid in moving))


def _changes(then: SavedGuest, guest: Guest, *, is_moving: bool) -> Iterator[str]:
    now = granted(guest)
    if is_moving:
        yield "is being migrated by somebody else"
    if now.cores != then.cores:
        yield f"has {now.cores:g} vCPUs now, it had {then.cores:g}"
    if now.memory_bytes != then.memory_bytes:
        yield f"has {now.memory_bytes / GIB:.1f} GiB now, it had {then.memory_bytes / GIB:.1f} GiB"
    if now.lock != then.lock:
        yield f"is locked ({now.lock})" if now.lock else f"is no longer locked ({then.lock})"
    if now.is_active != then.is_active:
        yield f"is {guest.status} now, and {'was running' if then.is_active else 'was not running'}"
    if now.is_ha != then.is_ha:
        yield "is under HA now" if now.is_ha else "is no longer under HA"


def _rules(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{name} is gone" for name in sorted(then.keys() - now.keys()))
    yield from (f"{name} is new" for name in sorted(now.keys() - then.keys()))
    yield from (f"{name} has changed" for name in sorted(then.keys() & now.keys()) if then[name] != now[name])
