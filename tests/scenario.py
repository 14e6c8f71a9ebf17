# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Read tests/scenarios/<topic>/<sentence>.yml: a cluster, a policy and what is expected of the plan."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Migration, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Assessment, Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy, PressureLimits
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.tests.builders import a_cluster
from ansible_collections.pve.drs.tests.ha_rules import ha_from
from ansible_collections.pve.drs.tests.histories import Past, with_past

FOLDER = Path(__file__).resolve().parent / "scenarios"
SHARES = ("balanciness", "variation_max", "memory_max", "cpu_max")
KEYS = {"why", "nodes", "guests", "cluster", "past", "rules", "policy", "expect"}


@dataclass(frozen=True)
class Scenario:
    """`expect` is the author's wish, as written."""

    name: str
    why: str
    cluster: Cluster
    policy: Policy
    expect: Mapping[str, Any]


def all_names() -> list[str]:
    """Every scenario as <topic>/<sentence>."""
    return sorted(str(file.relative_to(FOLDER).with_suffix("")) for file in FOLDER.rglob("*.yml"))


def read_scenario(name: str) -> Scenario:
    return scenario_of(name, yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8")))


def scenario_of(name: str, text: Mapping[str, Any]) -> Scenario:
    """Refuses a scenario without a reason or without an expectation, and words that it does not know."""
    unknown = set(text) - KEYS | set(text.get("expect", {})) - set(ANSWERS) - {"error"}
    missing = {"why", "nodes", "expect"} - {key for key, value in text.items() if value or key == "nodes"}
    if unknown or missing:
        raise ValueError(f"{name}: unknown are {sorted(unknown)}, missing are {sorted(missing)}")
    if not {"moves", "steps", "error"} & set(text["expect"]):
        raise ValueError(f"{name}: expect names neither moves, steps nor an error")
    return Scenario(name, text["why"], _cluster(text), _policy(text), text["expect"])


def _cluster(text: Mapping[str, Any]) -> Cluster:
    """`ha` is read by `ha_from`; `past: {}` gives everything a constant hour; `history` of nodes and guests says what differed."""
    facts = dict(text.get("cluster", {}))
    known = facts.pop("preconditions", {})
    nodes = {name: dict(node) if isinstance(node, dict) else node for name, node in (text["nodes"] or {}).items()}
    guests = [guest for entry in text.get("guests", ()) for guest in _guests(dict(entry))]
    told_of_nodes = {name: node.pop("history") for name, node in nodes.items() if "history" in node}
    told_of_guests = {guest["vmid"]: guest.pop("history") for guest in guests if "history" in guest}
    cluster = a_cluster(
        nodes,
        guests,
        migrations=tuple(Migration(**migration) for migration in facts.pop("migrations", ())),
        preconditions={vmid: Precondition(**reasons) for vmid, reasons in known.items()},
        warnings=tuple(facts.pop("warnings", ())),
        ha=ha_from(facts.pop("ha", {})),
        **facts,
    )
    has_past = "past" in text or told_of_nodes or told_of_guests
    return with_past(cluster, Past(told_of_nodes, told_of_guests, **text.get("past", {}))) if has_past else cluster


def _guests(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One guest with `vmid`, or several alike with `vmids: 101-104`."""
    first, _unused, last = str(entry.pop("vmids", entry.pop("vmid", ""))).partition("-")
    yield from ({"vmid": vmid, **entry} for vmid in range(int(first), int(last or first) + 1))


def _policy(text: Mapping[str, Any]) -> Policy:
    options = dict(text.get("policy", {}))
    shares = {name: float(options.pop(name).rstrip("% ")) / 100 for name in SHARES if name in options}
    return Policy(
        limits=Limits(**options.pop("limits", {})),
        excluded_nodes=frozenset(options.pop("excluded_nodes", ())),
        included_storages=frozenset(options.pop("included_storages", ())),
        excluded_storages=frozenset(options.pop("excluded_storages", ())),
        explain=tuple(options.pop("explain", ())),
        triggers=tuple(options.pop("triggers", Policy().triggers)),
        **_pressure_limits(options.pop("pressure_limits", None)),
        rules=tuple(_rule(dict(rule)) for rule in text.get("rules", ())),
        **shares,
        **options,
    )


def _pressure_limits(text: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"pressure_limits": {name: PressureLimits(**limits) for name, limits in text.items()}} if text else {}


def _rule(options: dict[str, Any]) -> Rule:
    members = {kind: frozenset(values) for kind, values in options.pop("guests", {}).items()}
    return Rule(guests=GuestSelector(**members), nodes=tuple(options.pop("nodes", ())), **options)


def _moves(plan: Plan) -> list[str]:
    return [str(planned.move) for planned in plan.moves]


def _steps(plan: Plan) -> list[list[str]]:
    return [[str(planned.move) for planned in step.moves] for step in plan.steps]


def _refused(plan: Plan) -> dict[str, str]:
    """`101` for a guest that may go nowhere, `101 a->b` for one way that is closed."""
    home = plan.placement_after
    return {
        f"{found.vmid} {home[found.vmid]}->{found.target}" if found.target else str(found.vmid): found.constraint
        for found in plan.refusals
    }


def _answers(plan: Plan) -> dict[str, str]:
    home = plan.placement_before
    return {f"{a.vmid} {home[a.vmid]}->{a.target}": a.constraint or "allowed" for a in plan.answers}


def _categories(plan: Plan) -> list[str]:
    return sorted({planned.category for planned in plan.moves})


def _triggers(assessment: Assessment) -> list[str]:
    return [trigger.name for trigger in assessment.triggers]


# what a scenario may expect, and how the plan answers
ANSWERS = {
    "moves": _moves,
    "steps": _steps,
    "refused": _refused,
    "answers": _answers,
    "categories": _categories,
    "modes": lambda plan: sorted({planned.mode for planned in plan.moves}),
    "triggers": lambda plan: _triggers(plan.before),
    "still_open": lambda plan: _triggers(plan.after),
    "highest_load": lambda plan: plan.after.highest_load,
    "imbalance": lambda plan: plan.after.imbalance,
    "notices": lambda plan: plan.notices,
    "disabled": lambda plan: [str(rule) for rule in plan.disabled_rules],
}


def disappointments(scenario: Scenario, plan: Plan) -> Iterator[str]:
    """Yield what the plan does not do as expected."""
    for wish, expected in scenario.expect.items():
        found = ANSWERS[wish](plan) if wish in ANSWERS else f"a plan of {len(plan.moves)} moves"
        if not _fulfils(wish, expected, found):
            yield f"{wish} should be {expected}, and is {found}"


def _fulfils(wish: str, expected: Any, found: Any) -> bool:
    """Notices and disabled rules need to contain the words; `at_most` and `at_least` are bounds; all else is equal or wrong."""
    if wish in ("notices", "disabled"):
        return len(expected) == len(found) and all(e in f for e, f in zip(expected, found, strict=True))
    if wish == "imbalance":
        return all(_fulfils("", bound, found[metric]) for metric, bound in expected.items())
    if isinstance(expected, dict) and expected.keys() & {"at_most", "at_least"}:
        return expected.get("at_least", 0.0) <= found <= expected.get("at_most", 1.0)
    return bool(expected == found)
