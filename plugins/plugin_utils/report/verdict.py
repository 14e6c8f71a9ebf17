# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a run comes to in one sentence, and the figures that stand out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.pve.drs.plugins.plugin_utils.report.loads import change, gap
from ansible_collections.pve.drs.plugins.plugin_utils.report.moves import DONE, PLANNED, Told, counts
from ansible_collections.pve.drs.plugins.plugin_utils.report.page import BAD, CALM, GOOD, OPEN, Figure
from ansible_collections.pve.drs.plugins.plugin_utils.report.reading import Found, number, part, parts, text, texts
from ansible_collections.pve.drs.plugins.plugin_utils.report.words import counted, duration, size


def verdict(result: Found, told: Sequence[Told]) -> tuple[str, str]:
    """The sentence and its tone."""
    plan, outcome = part(result, "plan"), part(result, "outcome")
    if result.get("failed") or _unwell(told):
        return _trouble(outcome, told), BAD
    if outcome and told:
        return f"All went as planned: {counted(len(told), 'move')} carried out", GOOD
    if told:
        return f"{counted(len(told), 'move')} planned, nothing was moved", OPEN
    waiting = len(parts(plan, "recommended"))
    if waiting:
        awaited = "another hour" if part(plan, "hours").get("is_open") is False else "consent"
        return f"Nothing was moved, {counted(waiting, 'recommendation')} waiting for {awaited}", OPEN
    return "Nothing to do", CALM


def explanation(result: Found) -> Iterator[str]:
    """What the module said when it failed; why there was nothing to do."""
    outcome = part(result, "outcome")
    if result.get("failed") and text(result, "msg"):
        yield text(result, "msg")
    elif text(outcome, "interrupted_by"):
        yield f"The run ended early: {text(outcome, 'interrupted_by')}."
    yield from texts(outcome, "warnings")


def figures(plan: Found, told: Sequence[Told]) -> Iterator[Figure]:
    """Moves, loads, time and data."""
    before, after = part(plan, "before"), part(plan, "after")
    yield _moves(told)
    if parts(before, "loads"):
        peak = change(number(before, "highest_load_percent"), number(after, "highest_load_percent"))
        yield Figure(name="Highest load", value=peak, note=text(plan, "method"))
        yield Figure(name="Gap", value=gap(before, after), note="points from highest to lowest")
    if told:
        yield _time(plan, told)
        sent = sum(number(entry.move, "estimated_bytes") or 0.0 for entry in told)
        yield Figure(name="To send", value=size(sent), note="estimate")


def _moves(told: Sequence[Told]) -> Figure:
    tried = [entry for entry in told if entry.status != PLANNED]
    if not tried:
        return Figure(name="Moves", value=str(len(told)), note="planned" if told else "")
    done = sum(entry.status == DONE for entry in tried)
    return Figure(name="Moves", value=f"{done} of {len(told)}", note="carried out")


def _time(plan: Found, told: Sequence[Told]) -> Figure:
    """From the first start to the last end; settling between steps is part of it."""
    began = [(number(entry.ended, "began"), number(entry.ended, "seconds") or 0.0) for entry in told]
    flown = [(begin, seconds) for begin, seconds in began if begin is not None]
    estimate = duration(number(plan, "estimated_seconds"))
    if not flown:
        return Figure(name="Time", value=estimate, note="estimate, without pauses between steps")
    took = max(begin + seconds for begin, seconds in flown) - min(begin for begin, _seconds in flown)
    return Figure(name="Time", value=duration(took), note=f"estimate {estimate} without pauses between steps")


def _unwell(told: Sequence[Told]) -> int:
    return sum(entry.status not in (DONE, PLANNED) for entry in told)


def _trouble(outcome: Found, told: Sequence[Told]) -> str:
    if not outcome:
        return "The run failed"
    return f"{_unwell(told)} of {counted(len(told), 'move')} did not end well ({counts(outcome)})"
