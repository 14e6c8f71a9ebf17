# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a policy may set, in the words and units of options: each with the field of the policy that it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import ESTIMATORS, METHODS, PLANNERS, TRIGGERS
from ansible_collections.pve.drs.plugins.module_utils.core.crs.rounds import CRS_METHODS
from ansible_collections.pve.drs.plugins.module_utils.core.crs.settings import AUTO, GENERATIONS, MODES
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy

Params = Mapping[str, Any]
PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Number:
    """From `lowest` to `highest`; divided by `unit` it is what the field has."""

    field: str
    lowest: float
    highest: float
    unit: float = 1.0
    is_whole: bool = False
    words: str = ""

    def value(self, option: str, given: object) -> float:
        """Raises BadPolicy; "not a number" is outside every range."""
        try:
            number = float(str(given))
        except ValueError:
            raise BadPolicy(f"{option} is {given}, but must be a number") from None
        if not self.lowest <= number <= self.highest:
            allowed = f"between {self.lowest:g} and {self.highest:g}{self.words}"
            raise BadPolicy(f"{option} is {number:g}, but must be {allowed}")
        if self.is_whole and number != int(number):
            raise BadPolicy(f"{option} is {number:g}, but must be a whole number")
        return int(number) if self.is_whole else number / self.unit


@dataclass(frozen=True, slots=True)
class Word:
    """One of the choices."""

    field: str
    choices: Sequence[str]

    def value(self, option: str, given: object) -> str:
        """Raises BadPolicy."""
        if given not in self.choices:
            raise BadPolicy(f"{option} is {given}, but must be one of {', '.join(self.choices)}")
        return str(given)


@dataclass(frozen=True, slots=True)
class Words:
    """Any of the choices, each once, in the order given."""

    field: str
    choices: Sequence[str]

    def value(self, option: str, given: object) -> tuple[str, ...]:
        """Raises BadPolicy."""
        if not isinstance(given, list | tuple):
            raise BadPolicy(f"{option} must be a list of {', '.join(self.choices)}")
        return tuple(dict.fromkeys(Word(self.field, self.choices).value(option, word) for word in given))


SETTINGS: Mapping[str, Number | Word | Words] = {
    "method": Word("method", tuple(METHODS)),
    "estimator": Word("estimator", tuple(ESTIMATORS)),
    "triggers": Words("triggers", tuple(TRIGGERS)),
    "balanciness": Number("balanciness", 1, 100, PERCENT, words=" percentage points"),
    "variation_max": Number("variation_max", 1, 100, PERCENT, words=" percent"),
    "memory_max": Number("memory_max", 1, 100, PERCENT, words=" percent"),
    "cpu_max": Number("cpu_max", 1, 100, PERCENT, words=" percent"),
    "hold": Number("hold", 1, 1_000, is_whole=True, words=" runs"),
    "cycle": Number("cycle_seconds", 1, 604_800, words=" seconds"),
    "cooldown": Number("cooldown_seconds", 0, 604_800, words=" seconds"),
    "least_improvement": Number("least_improvement", 0, 100, PERCENT, words=" percent"),
    "benefit_ratio": Number("benefit_ratio", 0, 1_000),
}
# These are for own policies, in option policies, alone.
OWN_SETTINGS: Mapping[str, Number | Word | Words] = {
    "planners": Words("planners", tuple(PLANNERS)),
    "score_min": Number("score_min", 1, 100, PERCENT, words=" percent"),
    "crs_mode": Word("crs_mode", (AUTO, *MODES)),
    "crs_method": Word("crs_method", (AUTO, *CRS_METHODS)),
    "crs_generation": Word("crs_generation", (AUTO, *GENERATIONS)),
    "crs_threshold": Number("crs_threshold", 0, 1_000, PERCENT),
    "crs_margin": Number("crs_margin", 0, 100, PERCENT, words=" percent"),
    "crs_scope": Word("crs_scope", ("ha", "all")),
    "proactive_factor": Number("proactive_factor", 1, 10),
    "proactive_points": Number("proactive_points", 0, 100, PERCENT, words=" percent"),
    "safety_margin": Number("safety_margin", 0, 50, PERCENT),
    "selection_seed": Number("selection_seed", 0, 2**31, is_whole=True),
}


def fields_from(given: Params, settings: Mapping[str, Number | Word | Words]) -> dict[str, Any]:
    """Fields of the policy for what is given; None is not. Raises BadPolicy."""
    return {
        setting.field: setting.value(option, given[option])
        for option, setting in settings.items()
        if given.get(option) is not None
    }
