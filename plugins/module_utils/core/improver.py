# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Somebody who may know a better plan: what he may change, and what he answers (drs-model 6.15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit

Proposals = tuple[Proposal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan of which a part may be planned anew.

    `kept` stays as it is, `bound` are units that have to move, wherever to, and `units` are those that may.
    Where the plan does not even out the load, `units` are on full nodes alone.
    """

    proposals: Proposals
    kept: Proposals
    bound: Mapping[Unit, Proposal]
    units: tuple[Unit, ...]
    evens_out: bool


class Answer(NamedTuple):
    """Where the bound units go, and which others go where; with `note` for the user, if there is anything to tell."""

    journeys: tuple[tuple[Unit, str], ...]
    note: str = ""


class Improver(Protocol):
    """Answers one after the other, the best first; whoever asks takes the first one that is allowed, and better."""

    def __call__(self, problem: Problem, draft: Draft) -> Iterator[Answer]: ...
