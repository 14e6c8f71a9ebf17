# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""One run -> metrics in the text format of Prometheus, so that somebody notices when runs fail, or do not come any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Run = Mapping[str, Any]
Sample: TypeAlias = "tuple[dict[str, str], float]"

STATUSES = ("done", "failed", "skipped", "running")
# What a run came to. One of them is 1, so that none of them ever goes missing.
MOVED, PLANNED, RECOMMENDED, IDLE, NOT_LEADER = "moved", "planned", "recommended", "idle", "not_leader"
INCOMPLETE, FAILED = "incomplete", "failed"
RESULTS = (MOVED, PLANNED, RECOMMENDED, IDLE, NOT_LEADER, INCOMPLETE, FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A run as the module returned it, empty where it did not; `began` and `ended` are in seconds since the epoch."""

    run: Run
    began: float
    ended: float

    @property
    def plan(self) -> Run:
        return self.run.get("plan") or {}

    @property
    def counts(self) -> Mapping[str, int]:
        return (self.run.get("outcome") or {}).get("counts") or {}

    @property
    def recommended(self) -> int:
        return sum(len(found.get("moves") or ()) for found in self.plan.get("recommended") or ())


@dataclass(frozen=True, slots=True)
class Family:
    """One metric; `samples` gives labels and value."""

    name: str
    describes: str
    samples: Callable[[Told], Iterable[Sample]]


def run_metrics(told: Told, service: str) -> str:
    """Every sample has the name of the service as a label."""
    return "".join(line for family in FAMILIES for line in _lines(family, told, service))


def result_of(told: Told) -> str:
    """What the run came to."""
    run = told.run
    if run.get("failed") or not run:
        return INCOMPLETE if run.get("outcome") else FAILED
    if "plan" in run and run["plan"] is None:
        return NOT_LEADER
    if run.get("outcome"):
        return MOVED
    if told.plan.get("move_count"):
        return PLANNED
    return RECOMMENDED if told.recommended else IDLE


def _lines(family: Family, told: Told, service: str) -> Iterator[str]:
    yield f"# HELP pve_drs_run_{family.name} {family.describes}\n"
    yield f"# TYPE pve_drs_run_{family.name} gauge\n"
    for labels, value in family.samples(told):
        shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in {"service": service, **labels}.items())
        yield f"pve_drs_run_{family.name}{{{shown}}} {value}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _moves(told: Told) -> Iterator[Sample]:
    yield {"status": "planned"}, told.plan.get("move_count") or 0
    yield {"status": "recommended"}, told.recommended
    yield from (({"status": status}, told.counts.get(status, 0)) for status in STATUSES)


def _counted(label: str, values: Iterable[str]) -> Iterator[Sample]:
    yield from (({label: value}, count) for value, count in sorted(Counter(values).items()))


def _refusals(told: Told) -> Iterator[Sample]:
    yield from _counted("constraint", (str(found["constraint"]) for found in told.plan.get("refusals") or ()))


def _triggers(told: Told) -> Iterator[Sample]:
    before = told.plan.get("before") or {}
    yield from _counted("trigger", (str(found["name"]) for found in before.get("triggers") or ()))


def _info(told: Told) -> Iterator[Sample]:
    if told.plan:
        yield {name: str(told.plan.get(name) or "") for name in ("cluster", "policy", "method")}, 1


def _observed(told: Told) -> Iterator[Sample]:
    found = told.run.get("observed")
    if found:
        yield {}, found["seconds"]


FAMILIES = (
    Family("timestamp_seconds", "When the last run ended.", lambda told: [({}, round(told.ended, 1))]),
    Family("duration_seconds", "How long it took.", lambda told: [({}, round(told.ended - told.began, 1))]),
    Family(
        "success",
        "1 unless the last run failed.",
        lambda told: [({}, int(bool(told.run) and not told.run.get("failed")))],
    ),
    Family(
        "result",
        "What the last run came to: the one that is 1.",
        lambda told: [({"result": result}, int(result == result_of(told))) for result in RESULTS],
    ),
    Family("moves", "Moves of the last run.", _moves),
    Family("refusals", "Guests of troubled nodes that had to stay, by what keeps them.", _refusals),
    Family("triggers", "Reasons to act that the last run found.", _triggers),
    Family("observed_seconds", "For how long the last run looked again and again.", _observed),
    Family("info", "What the last run went by.", _info),
)
