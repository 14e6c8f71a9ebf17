# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a report shows, ready to be laid out: words and shares of a width, nothing to be computed any more."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.plugin_utils.report.reading import Listed

GOOD, BAD, OPEN, CALM = "good", "bad", "open", "calm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that stands out, such as a highest load before and after."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A load in words and as the share of a width, in percent."""

    text: str
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow:
    """One node before and after; cpu, memory and guests as `before → after`."""

    node: str
    before: Bar
    after: Bar
    cpu: str
    memory: str
    guests: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loads:
    """All nodes; `limit` is where the limit of the method is, None where it has none."""

    method: str
    rows: tuple[NodeRow, ...]
    imbalance: str
    limit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """One move as planned, and what became of it."""

    step: int
    guest: str
    kind: str
    source: str
    target: str
    status: str
    reason: str
    category: str
    result: str
    memory: str
    estimate: str
    took: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One move in the time line: where it begins and how long it is, in percent of the width."""

    guest: str
    way: str
    status: str
    left: float
    width: float
    span: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A moment of the time line, in percent of the width."""

    left: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLine:
    """`is_estimate`: nothing was carried out, so it is as the plan would go."""

    lanes: Listed[Lane]
    ticks: tuple[Tick, ...]
    span: str
    is_estimate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What was found, by whom or of which guest, and why."""

    name: str
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule or group; `trouble` says why it does not count."""

    name: str
    kind: str
    wants: str
    guests: str
    strength: str
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMove:
    """A migration of the past."""

    began: str
    guest: str
    way: str
    status: str
    took: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended:
    """Moves that wait for consent."""

    id: str
    why: str
    moves: tuple[MoveRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """An option and what it was."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole report; `tone` is good, bad, open (something is to be decided) or calm (nothing to do)."""

    title: str
    cluster: str
    verdict: str
    tone: str
    generated: str
    fingerprint: str
    explanation: Listed[str]
    figures: tuple[Figure, ...]
    triggers: Listed[Reason]
    quiet: Listed[Reason]
    violations: Listed[Reason]
    remaining: Listed[Reason]
    loads: Loads | None
    moves: Listed[MoveRow]
    time_line: TimeLine | None
    recommended: Listed[Recommended]
    blocked: Listed[Reason]
    refusals: Listed[Reason]
    answers: Listed[Reason]
    headroom: tuple[Figure, ...]
    past: Listed[PastMove]
    rules: Listed[RuleRow]
    settings: tuple[Setting, ...]
    notices: Listed[str]
