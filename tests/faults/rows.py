# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Read tests/faults/matrix/*.yml: what goes wrong at which moment, and what is to become of the run."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.tests.unit.simulated import UNEVEN

FOLDER = Path(__file__).resolve().parent / "matrix"
CLUSTERS = yaml.safe_load((FOLDER.parent / "clusters.yml").read_text(encoding="utf-8"))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the matrix; README.md says what each word means."""

    topic: str
    fault: str
    moment: str
    becomes: str
    exit: str
    cluster: str = "plain"
    faults: tuple[Mapping[str, Any], ...] = ()
    happens: tuple[Mapping[str, Any], ...] = ()
    from_start: bool = False
    policy: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[Mapping[str, Any], ...] = ()
    options: Mapping[str, float] = field(default_factory=dict)
    connection: Mapping[str, Any] = field(default_factory=dict)
    signal_after: float | None = None
    evacuate: Mapping[str, Any] = field(default_factory=dict)
    moves: Mapping[int | str, str] = field(default_factory=dict)
    message: str = ""
    warning: str = ""
    unseen: tuple[int | str, ...] = ()
    requests: int | None = None
    unforeseen: bool = False

    @property
    def is_all_unseen(self) -> bool:
        return "rest" in self.unseen

    @property
    def name(self) -> str:
        return f"{self.topic}: {self.fault}, {self.moment}"


def all_rows() -> list[Row]:
    """Every row, in the order of the files and of the rows in them."""
    return [row for file in sorted(FOLDER.glob("*.yml")) for row in _rows(file)]


def _rows(file: Path) -> Iterator[Row]:
    for entry in yaml.safe_load(file.read_text(encoding="utf-8")):
        lists = {name: tuple(entry.pop(name)) for name in ("faults", "happens", "rules", "unseen") if name in entry}
        yield Row(topic=file.stem, **lists, **entry)


def scenario_of(row: Row) -> dict[str, Any]:
    """The cluster of a row as a scenario file would have it."""
    given = copy.deepcopy(CLUSTERS[row.cluster])
    scenario = copy.deepcopy(UNEVEN)
    scenario["defaults"]["guest"] |= given.pop("guest", {})
    return scenario | {key: value for key, value in given.items() if key not in ("policy", "evacuate")}


def evacuation_of(row: Row) -> dict[str, Any]:
    """The options of drs_evacuate, where the row or its cluster has any."""
    return CLUSTERS[row.cluster].get("evacuate", {}) | row.evacuate


def policy_of(row: Row) -> Policy:
    """What the row asks for, over what its cluster needs."""
    options = CLUSTERS[row.cluster].get("policy", {}) | row.policy
    limits = Limits(**options.pop("limits")) if "limits" in options else Limits()
    return Policy(limits=limits, rules=tuple(map(_rule, row.rules)), **options)


def _rule(given: Mapping[str, Any]) -> Rule:
    options = dict(given)
    return Rule(guests=GuestSelector(vmids=frozenset(options.pop("guests"))), **options)
