# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""When Proxmox's balancer acts: over the threshold for some rounds, and only if it gets better by a margin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.crs import bruteforce, topsis
from ansible_collections.pve.drs.plugins.module_utils.core.crs.bruteforce import Ranked
from ansible_collections.pve.drs.plugins.module_utils.core.crs.imbalance import NORMALISED, imbalance
from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import Candidate, CrsNode

CRS_METHODS: Mapping[str, Callable[..., Ranked]] = {"bruteforce": bruteforce.ranked, "topsis": topsis.ranked}


@dataclass(frozen=True, slots=True, kw_only=True)
class CrsSettings:
    """Options of the property `crs` (proxmox-crs 7): threshold and margin as fractions, the hold in rounds."""

    mode: str = "dynamic"
    method: str = "bruteforce"
    threshold: float = 0.3
    margin: float = 0.1
    hold_rounds: int = 3
    generation: str = NORMALISED


@dataclass(frozen=True, slots=True)
class Round:
    """One look: the imbalance, how many rounds in a row it was over the threshold, and whether that is enough."""

    imbalance: float
    over: int
    is_due: bool

    @property
    def kept(self) -> int:
        """The count that the next round goes on from; it starts anew whether or not a move follows."""
        return 0 if self.is_due else self.over


@dataclass(frozen=True, slots=True)
class Choice:
    """The best candidate, and the imbalance with and without it."""

    candidate: Candidate
    before: float
    after: float

    @property
    def improvement(self) -> float:
        """The part of the imbalance that it takes away; less than 0 when it adds to it."""
        return (self.before - self.after) / self.before if self.before > 0.0 else 0.0


def look(nodes: Mapping[str, CrsNode], settings: CrsSettings, over: int) -> Round:
    """`over` is the count so far. A threshold of 0 never counts an even cluster."""
    value = imbalance(nodes.values(), settings.generation)
    if value <= settings.threshold:
        return Round(value, 0, is_due=False)
    return Round(value, over + 1, is_due=over + 1 >= settings.hold_rounds)


def choose(nodes: Mapping[str, CrsNode], candidates: Sequence[Candidate], settings: CrsSettings) -> Choice | None:
    """The one move that is made, or None when there is none that is worth it."""
    best = CRS_METHODS[settings.method](nodes, candidates, settings.generation)
    if not best:
        return None
    candidate, after = best[0]
    choice = Choice(candidate, imbalance(nodes.values(), settings.generation), after)
    return choice if choice.improvement >= settings.margin else None
