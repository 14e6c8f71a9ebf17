# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Which local storages count, and what nodes and guests have on them (drs-model 2.3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import LocalStorage, total_bytes
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy


def pools_of(node: Node, policy: Policy) -> tuple[LocalStorage, ...]:
    """One storage of each pool of the node that counts by the policy; a pool counts when one of its storages does."""
    return distinct(storage for storage in node.local_storages or () if counts(policy, storage.id))


def bytes_of(guest: Guest, policy: Policy) -> float | None:
    """What the guest has on local storages that count; None where its volumes are not known."""
    if guest.local_volumes is None:
        return None
    return total_bytes(volume for volume in guest.local_volumes if counts(policy, volume.storage))


def counts(policy: Policy, storage: str) -> bool:
    """Without a list of those to count all do, but for those to leave out."""
    is_included = not policy.included_storages or storage in policy.included_storages
    return is_included and storage not in policy.excluded_storages


def distinct(storages: Iterable[LocalStorage]) -> tuple[LocalStorage, ...]:
    """One of each pool: two storages of one kind and with the same figures are two names of the same room."""
    found = {(s.plugintype, s.used_bytes, s.total_bytes): s for s in storages}
    return tuple(found.values())


def storages_warned(cluster: Cluster, policy: Policy) -> Cluster:
    """With a warning where the policy names storages that no node has for itself: a misspelt one has no effect."""
    named = policy.included_storages | policy.excluded_storages
    unknown = sorted(named - {storage.id for node in cluster.nodes for storage in node.local_storages or ()})
    if not unknown:
        return cluster
    warning = (
        f"no node has a local storage {', '.join(unknown)} for disks of guests: there is nothing to count or leave out"
    )
    return replace(cluster, warnings=(*cluster.warnings, warning))
