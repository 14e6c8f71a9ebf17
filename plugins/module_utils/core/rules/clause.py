# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a rule demands of guests once its members and nodes are known, whatever its source."""

from __future__ import annotations

from dataclasses import dataclass

TOGETHER = "together"
SEPARATE = "separate"
RUN_ON = "run_on"

# drs-model 3.1
HA_RANK = 1
DECLARED_RANK = 2
TAG_RANK = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clause:
    """type is together, separate or run_on, which alone has `nodes`: those on which each guest may be.

    Two of them are never the same. A lower `rank` wins over a higher one, and a lower `age` over a higher one. `is_barring` says that the
    rule named the other nodes, those to keep off.
    """

    source: str
    type: str
    vmids: tuple[int, ...]
    nodes: frozenset[str] = frozenset()
    rank: int = DECLARED_RANK
    age: tuple[float, int] = (0.0, 0)
    is_barring: bool = False

    @property
    def is_ha(self) -> bool:
        return self.rank == HA_RANK


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What one source of rules wants: binding or, where told so, as wishes; and what of it has no effect, in words."""

    binding: tuple[Clause, ...] = ()
    wishes: tuple[Clause, ...] = ()
    ineffective: tuple[str, ...] = ()


# Of the same age, what keeps guests apart wins over what keeps them on nodes or together (drs-model 3.7).
KINDS = {SEPARATE: 0, RUN_ON: 1, TOGETHER: 2}


def precedence(clause: Clause) -> tuple[int, tuple[float, int], int, str]:
    """Lower wins over higher: rank, age, kind, name."""
    return clause.rank, clause.age, KINDS[clause.type], clause.source
