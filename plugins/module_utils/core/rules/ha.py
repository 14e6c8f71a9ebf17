# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the HA manager goes by -> clauses of the first rank (drs-model 3.1, 3.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.ha.reading import HaReading
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import (
    HA_RANK,
    RUN_ON,
    SEPARATE,
    TOGETHER,
    Clause,
    Demands,
)


def managed(reading: HaReading) -> Demands:
    """Guests that may stay on any allowed node, but have better ones, are a matter of wishes."""
    return Demands(
        binding=tuple(_clauses(reading)),
        wishes=tuple(_preferred(reading, fails_back=False)),
        ineffective=reading.warnings,
    )


def _clauses(reading: HaReading) -> Iterator[Clause]:
    for bundle in reading.bundles:
        yield Clause(source=bundle.source, type=TOGETHER, vmids=bundle.vmids, rank=HA_RANK)
    for separation in reading.separations:
        vmids = tuple(sorted(separation.vmids))
        yield Clause(source=separation.source, type=SEPARATE, vmids=vmids, rank=HA_RANK)
    allowed: dict[tuple[str, frozenset[str]], list[int]] = defaultdict(list)
    for vmid, place in sorted(reading.places.items()):
        allowed[place.source, place.allowed].append(vmid)
    for (source, nodes), vmids_there in allowed.items():
        yield Clause(source=source, type=RUN_ON, vmids=tuple(vmids_there), nodes=nodes, rank=HA_RANK)


def kept_to_preferred(reading: HaReading) -> Iterator[Clause]:
    """Guests that the HA manager takes back to a preferred node as soon as they are elsewhere."""
    return _preferred(reading, fails_back=True)


def _preferred(reading: HaReading, *, fails_back: bool) -> Iterator[Clause]:
    for vmid, place in sorted(reading.places.items()):
        if place.fails_back == fails_back and place.preferred and place.preferred != place.allowed:
            source = f"the preference of {place.source}"
            yield Clause(source=source, type=RUN_ON, vmids=(vmid,), nodes=place.preferred, rank=HA_RANK)
