# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Faults and events of a scenario file."""

from __future__ import annotations

from .reading import ScenarioError, Section, one_of, positive, seconds, share, text, whole, yes_or_no
from .world.events import ACTIONS
from .world.faults import ACT, EFFECTS, PHASES, Fault, problem_of
from .world.spec import Event


def read_faults(top: Section) -> tuple[Fault, ...]:
    """Faults: one effect each, conditions, and how often."""
    return tuple(read_fault(row) for row in top.items("faults"))


def read_fault(section: Section) -> Fault:
    """One fault."""
    effects = [effect for effect in EFFECTS if section.has(effect)]
    if len(effects) != 1:
        raise ScenarioError(f"{section.place}: expected exactly one of {', '.join(EFFECTS)}")
    fault = Fault(
        effect=effects[0],
        name=section.take("name", text, ""),
        method=section.take("method", one_of("GET", "POST", "PUT", "DELETE"), None),
        path=section.take("path", text, None),
        node=section.take("node", text, None),
        vmid=section.take("vmid", positive, None),
        task=section.take("task", text, None),
        phase=section.take("phase", one_of(*PHASES), None),
        percent=section.take("percent", percent, None),
        carried_out=section.take("carried_out", yes_or_no, default=False),
        stubborn=section.take("stubborn", yes_or_no, default=False),
        skip=section.take("skip", whole, 0),
        count=section.take("count", positive, None),
        probability=section.take("probability", share, 1.0),
    )
    _read_effect(section, fault)
    section.done()
    if problem := problem_of(fault):
        raise ScenarioError(f"{section.place}: {problem}")
    return fault


def percent(value: object) -> float:
    """A percentage, from 60 or 60%."""
    return 100 * share(value) if isinstance(value, str) else float(positive(value))


def read_events(top: Section) -> tuple[Event, ...]:
    """Events such as `{after: 30s, node_down: pve3}` or `{after: 1m, steal: {vmid: 101, target: pve2}}`."""
    return tuple(_event(row) for row in top.items("events"))


def _read_effect(section: Section, fault: Fault) -> None:
    if fault.effect == "answer":
        answer = section.section("answer")
        fault.status = answer.take("status", positive, 500)
        fault.text = answer.take("text", text, fault.text)
        answer.done()
    elif fault.effect in ("hang", "slow"):
        fault.seconds = section.take(fault.effect, seconds)
    elif fault.effect == "fail_task":
        fault.text = section.take("fail_task", text)
        fault.seconds = section.take("after", seconds, 0.0)
    elif fault.effect == "hang_task":
        section.take("hang_task", yes_or_no)
        fault.seconds = section.take("lasts", seconds, 0.0)
    elif fault.effect == ACT:
        fault.seconds = section.take("after", seconds, 0.0)
        fault.action, fault.arguments = _action(section.section("act"))
    else:
        section.take("reset", lambda value: value)


def _event(section: Section) -> Event:
    after = section.take("after", seconds)
    return Event(after, *_action(section))


def _action(section: Section) -> tuple[str, dict[str, object]]:
    actions = [action for action in ACTIONS if section.has(action)]
    if len(actions) != 1:
        raise ScenarioError(f"{section.place}: expected exactly one of {', '.join(ACTIONS)}")
    value = section.take(actions[0], lambda found: found)
    section.done()
    return actions[0], _arguments(section, actions[0], value)


def _arguments(section: Section, action: str, value: object) -> dict[str, object]:
    """One argument may stand alone; several are a mapping; none is written as true."""
    names = ACTIONS[action]
    if isinstance(value, dict):
        # A bare `on` is the word true in YAML.
        value = {"on" if key is True else key: one for key, one in value.items()}
    if isinstance(value, dict) and set(value) == set(names):
        return dict(value)
    if len(names) == 1 and not isinstance(value, dict):
        return {names[0]: value}
    if not names and value is True:
        return {}
    raise ScenarioError(f"{section.place}.{action}: expected {', '.join(names) or 'true'}, found {value!r}")
