# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What drs_balance or drs_evacuate returned -> the page that tells of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.pve.drs.plugins.plugin_utils.report.evacuation import blocked, emptied, headroom
from ansible_collections.pve.drs.plugins.plugin_utils.report.loads import loads
from ansible_collections.pve.drs.plugins.plugin_utils.report.moves import move_rows, recommended, told_moves
from ansible_collections.pve.drs.plugins.plugin_utils.report.page import Page, PastMove, Reason, Setting
from ansible_collections.pve.drs.plugins.plugin_utils.report.reading import (
    Found,
    Listed,
    first,
    label,
    number,
    part,
    parts,
    past_moves,
    require_plan,
    text,
    texts,
)
from ansible_collections.pve.drs.plugins.plugin_utils.report.rules import rule_rows
from ansible_collections.pve.drs.plugins.plugin_utils.report.time_line import time_line
from ansible_collections.pve.drs.plugins.plugin_utils.report.verdict import explanation, figures, verdict
from ansible_collections.pve.drs.plugins.plugin_utils.report.words import duration, moment, percent

MOST_REASONS = 100
MOST_PAST = 50


def make_page(result: object, facts: object, title: str, generated: float) -> Page:
    """Facts are `ansible_facts.drs`, or nothing; `generated` is in seconds since the epoch. Raises NoReport."""
    found = require_plan(result)
    plan, told = found["plan"], told_moves(found["plan"], part(found, "outcome"))
    sentence, tone = verdict(found, told)
    return Page(
        title=title or f"pve.drs: cluster {text(plan, 'cluster')}",
        verdict=sentence,
        tone=tone,
        generated=moment(generated),
        explanation=first(explanation(found), MOST_REASONS),
        figures=(*figures(plan, told), *emptied(found)),
        blocked=blocked(found),
        headroom=tuple(headroom(found)),
        moves=move_rows(told),
        time_line=time_line(told),
        past=first(map(_past_move, past_moves(found, facts)), MOST_PAST),
        **_planned(plan),
    )


def _planned(plan: Found) -> dict[str, Any]:
    """What the plan alone tells."""
    before, after = part(plan, "before"), part(plan, "after")
    return {
        "cluster": text(plan, "cluster"),
        "fingerprint": text(plan, "fingerprint"),
        "triggers": _reasons(parts(before, "triggers"), "name"),
        "quiet": _reasons(parts(before, "quiet_triggers"), "name"),
        "violations": _reasons(parts(before, "violations"), "constraint"),
        "remaining": _reasons(parts(after, "violations"), "constraint"),
        "loads": loads(plan),
        "recommended": recommended(plan),
        "refusals": first(map(_refusal, parts(plan, "refusals")), MOST_REASONS),
        "answers": first(map(_answer, parts(plan, "explained")), MOST_REASONS),
        "rules": rule_rows(plan),
        "settings": tuple(_settings(plan)),
        "notices": first(texts(plan, "notices"), MOST_REASONS),
    }


def _reasons(found: Iterable[Found], name: str) -> Listed[Reason]:
    return first((Reason(name=text(one, name), reason=text(one, "reason")) for one in found), MOST_REASONS)


def _refusal(refusal: Found) -> Reason:
    target = text(refusal, "target")
    name = f"{label(refusal)} to {target}" if target else label(refusal)
    return Reason(name=name, reason=text(refusal, "reason"), note=text(refusal, "constraint"))


def _answer(answer: Found) -> Reason:
    name = f"{label(answer)} to {text(answer, 'target')}"
    if not answer.get("allowed"):
        return Reason(name=name, reason=f"no, {text(answer, 'reason')}", note=text(answer, "constraint"))
    gain = number(answer, "gain_percent")
    return Reason(name=name, reason=f"allowed, would take {percent(gain)} of imbalance away")


def _settings(plan: Found) -> Iterator[Setting]:
    """The policy first; what is empty is left out."""
    yield Setting(name="policy", value=text(plan, "policy"))
    for name, value in part(plan, "settings").items():
        shown = _value(value)
        if shown:
            yield Setting(name=str(name), value=shown)


def _value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _past_move(move: Found) -> PastMove:
    return PastMove(
        began=moment(number(move, "began")),
        guest=label(move),
        way=f"{text(move, 'source')} → {text(move, 'target')}",
        status=text(move, "status"),
        took=duration(number(move, "seconds")),
        reason=text(move, "reason"),
    )
