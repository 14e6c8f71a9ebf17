# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that are bound to cpus, NUMA nodes or huge pages of their host only go where these are laid out alike."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_pair import PairConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest


def build(given: Given) -> PairConstraint:
    """Nodes with the same label in `host_layouts` are alike (drs-model 3.3); nobody else can tell."""
    labels = given.policy.host_layouts

    def reason(guest: Guest, source: str, target: str) -> str | None:
        if source in labels and labels[source] == labels.get(target):
            return None
        bound = ", ".join(_bonds(guest))
        return f"it is bound to its host by {bound}, and host_layouts does not say that {target} is like {source}"

    return PairConstraint(name="host_layout", concerns=lambda guest: any(_bonds(guest)), reason=reason)


def _bonds(guest: Guest) -> Iterator[str]:
    """The keys of its configuration (pve-api 5.3)."""
    if guest.config is None:
        return
    if guest.config.hugepages:
        yield "hugepages"
    if guest.config.affinity:
        yield "affinity"
    yield from sorted(guest.config.hostnodes)
