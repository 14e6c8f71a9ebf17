# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The report that people read: plain text for a terminal, a mail or a change request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.division import VALID_SECONDS
from ansible_collections.pve.drs.plugins.module_utils.core.hours import pause_of
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    Answer,
    Assessment,
    NodeLoad,
    Plan,
    PlannedMove,
    Refusal,
    Trigger,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import MoveOutcome, Outcome
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.past import past_lines

GIB = 2.0**30
BAR_WIDTH = 25


def text_report(plan: Plan, cluster: Cluster, outcome: Outcome | None = None) -> str:
    """Triggers, loads as bars, moves in order with their reasons, what was refused, and the outcome."""
    sections = (
        _heading(plan, cluster),
        _triggers(plan),
        _loads(plan),
        _moves(plan),
        _recommended(plan, cluster),
        _alternatives(plan),
        _refused(plan, cluster),
        _explained(plan, cluster),
        _list("Rules that do not count", [str(rule) for rule in plan.disabled_rules]),
        _list("Notices", plan.notices),
        _list("Last migrations", tuple(past_lines(cluster.history))),
        _outcome(outcome) if outcome else (),
    )
    texts = ["\n".join(lines) for lines in map(tuple, sections) if lines]
    return "\n\n".join(texts) + "\n"


def _heading(plan: Plan, cluster: Cluster) -> Iterator[str]:
    policy = plan.policy
    by_time = f", estimator {policy.estimator}" if policy.estimator != Policy().estimator else ""
    title = f"pve.drs: cluster {cluster.name}, policy {policy.name}, method {policy.method}{by_time}"
    yield title
    yield "=" * len(title)


def _list(title: str, entries: Sequence[str]) -> Iterator[str]:
    if entries:
        yield title
        yield from (f"  - {entry}" for entry in entries)


def _triggers(plan: Plan) -> Iterator[str]:
    """What fired, one line each, then on one line what did not."""
    yield from _list("Why act", [*map(_reason, plan.before.triggers)] or ["nothing calls for a move"])
    if plan.before.quiet:
        yield f"  no reason: {'; '.join(map(_reason, plan.before.quiet))}"


def _reason(trigger: Trigger) -> str:
    return f"{trigger.name}: {trigger.reason}"


def _loads(plan: Plan) -> Iterator[str]:
    """One line a node: load before as a bar, after as a bar, and cpu, memory and guests as they would be."""
    if not plan.before.loads:
        return
    width = max(4, *(len(load.node) for load in plan.before.loads))
    column = BAR_WIDTH + 8
    yield f"Load ({plan.before.method})"
    yield f"  {'node':{width}}  {'before':{column}}  {'after':{column}}  then: cpu  memory  guests"
    for before, after in zip(plan.before.loads, plan.after.loads, strict=True):
        yield _load_line(before, after, width)
    yield _imbalance(plan.before, plan.after)


def _load_line(before: NodeLoad, after: NodeLoad, width: int) -> str:
    return (
        f"  {before.node:{width}}  {_percent_and_bar(before.load)}  {_percent_and_bar(after.load)}"
        f"  {100 * after.cpu:7.0f} % {100 * after.memory:5.0f} % {after.guests:7}"
    )


def _percent_and_bar(load: float) -> str:
    filled = min(BAR_WIDTH, round(load * BAR_WIDTH))
    return f"{100 * load:5.1f} % {'#' * filled}{'.' * (BAR_WIDTH - filled)}"


def _imbalance(was: Assessment, becomes: Assessment) -> str:
    before, after = was.imbalance, becomes.imbalance
    return (
        f"  gap {100 * before['delta']:.1f} -> {100 * after['delta']:.1f} points, "
        f"variation {before['variation']:.3f} -> {after['variation']:.3f} (0 is even, 1 is worst)"
    )


def _moves(plan: Plan) -> Iterator[str]:
    if not plan.steps:
        yield "Moves: none"
        return
    seconds = sum(step.seconds for step in plan.steps)
    sent = sum(planned.cost.bytes for planned in plan.moves)
    yield (
        f"Moves: {len(plan.moves)} in {len(plan.steps)} step(s), "
        f"about {_duration(seconds)}, {sent / GIB:.1f} GiB to send"
    )
    for number, step in enumerate(plan.steps, start=1):
        yield f"  Step {number}, about {_duration(step.seconds)}"
        for planned in step.moves:
            yield from _move_lines(planned)


def _recommended(plan: Plan, cluster: Cluster) -> Iterator[str]:
    """Moves that wait for consent or for another hour, each with its id."""
    if plan.after_recommended is None:
        return
    is_now = pause_of(plan.policy, cluster) is None
    yield "Recommended, not carried out" + (f"; approve within {_duration(VALID_SECONDS)}" if is_now else "")
    for recommendation in plan.recommended:
        yield f"  {recommendation.id}: {recommendation.why}"
        for planned in recommendation.moves:
            yield from _move_lines(planned)
    yield _imbalance(plan.after, plan.after_recommended)


def _move_lines(planned: PlannedMove) -> Iterator[str]:
    move, cost = planned.move, planned.cost
    slow = "" if cost.converges else ", changes its memory faster than the link carries it"
    yield (
        f"    {_label(move.vmid, planned.guest_name)}: {move.source} -> {move.target}, {planned.mode}, "
        f"{planned.memory_bytes / GIB:.1f} GiB, about {_duration(cost.seconds)}{slow}"
    )
    yield f"      {planned.category}: {planned.reason}"


def _alternatives(plan: Plan) -> Iterator[str]:
    """What the planners would do instead of each move, best first."""
    if not plan.alternatives:
        return
    yield "What else could be done, best first"
    for found in plan.alternatives:
        moves = (f"{_label(p.move.vmid, p.guest_name)}: {p.move.source} -> {p.move.target}" for p in found.instead_of)
        yield f"  instead of {', '.join(moves)}"
        for rank, others in enumerate(found.ranked, start=1):
            first, *more = (line for planned in others for line in _move_lines(planned))
            yield from (f"    {rank}. {first.lstrip()}", *more)
        if not found.ranked:
            yield "    nothing"


def _refused(plan: Plan, cluster: Cluster) -> Iterator[str]:
    """Guests of the troubled nodes that had to stay."""
    return _list("Had to stay", [_refusal_line(refusal, cluster) for refusal in plan.refusals])


def _refusal_line(refusal: Refusal, cluster: Cluster) -> str:
    label = cluster.guest_by_vmid[refusal.vmid].label
    where = f" to {refusal.target}" if refusal.target else ""
    return f"{label}{where}: {refusal.reason} [{refusal.constraint}]"


def _explained(plan: Plan, cluster: Cluster) -> Iterator[str]:
    return _list("Asked about", [_answer_line(answer, cluster) for answer in plan.answers])


def _answer_line(answer: Answer, cluster: Cluster) -> str:
    label = cluster.guest_by_vmid[answer.vmid].label
    if answer.reason:
        return f"{label} to {answer.target}: no, {answer.reason} [{answer.constraint}]"
    verdict = "lower" if answer.gain > 0 else "raise"
    return f"{label} to {answer.target}: allowed, would {verdict} the variation by {abs(answer.gain):.4f}"


def _outcome(outcome: Outcome) -> Iterator[str]:
    yield "Outcome"
    if outcome.interrupted_by:
        yield f"  ended early: {outcome.interrupted_by}"
    yield from (f"  warning: {warning}" for warning in outcome.warnings)
    for moved in outcome.moves:
        yield from _moved_lines(moved)


def _moved_lines(moved: MoveOutcome) -> Iterator[str]:
    where = f"is on {moved.node}" if moved.node else "could not be located: check it by hand"
    after = f" after {_duration(moved.seconds)}" if moved.seconds else ""
    yield f"  {moved.status:8}{_label(moved.planned.move.vmid, moved.planned.guest_name)} {where}{after}: {moved.reason}"
    yield from (f"          warning: {warning}" for warning in moved.warnings)


def _label(vmid: int, name: str) -> str:
    return f"{vmid} ({name})" if name else str(vmid)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
