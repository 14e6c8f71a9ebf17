# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The report as data, as text and as a diff."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from ansible_collections.pve.drs.plugins.module_utils.core.diff import placement_diff
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import (
    DONE,
    FAILED,
    RUNNING,
    SKIPPED,
    Attempt,
    MoveOutcome,
    Outcome,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.score import ClusterScore, GuestScore
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.report import outcome_report, plan_report, score_report
from ansible_collections.pve.drs.plugins.module_utils.core.text import text_report
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest
from ansible_collections.pve.drs.tests.strategies import clusters, policies

NODES = dict.fromkeys("abc", "8c/100G")
CLUSTER = a_cluster(
    NODES,
    [a_guest(101, demand="1c/15G", name="web"), "102 a 1c/15G", "103 a 1c/15G", "104 a 1c/15G", "105 b 1c/15G"],
    name="lab",
    warnings=("node c reports no swap",),
)
PLAN = make_plan(CLUSTER, Policy(explain=(101,), balanciness=0.0, limits=Limits(max_moves=8)))
STATUSES = (
    (DONE, "it is on c now", "c", 31.4, ("a disk was left behind",)),
    (FAILED, "target c ran out of memory", None, 0.0, ()),
)
OUTCOME = Outcome(
    moves=tuple(
        MoveOutcome(
            planned=planned,
            status=status,
            reason=reason,
            node=node,
            began=1700000000.12 if seconds else None,
            seconds=seconds,
            warnings=warnings,
            attempts=(Attempt(target="c", reason=reason),) if seconds else (),
        )
        for planned, (status, reason, node, seconds, warnings) in zip(PLAN.moves, STATUSES, strict=True)
    ),
    interrupted_by="SIGTERM",
)


def test_the_plan_as_data():
    report = plan_report(PLAN, CLUSTER)
    assert (report["cluster"], report["method"], report["move_count"]) == ("lab", "memory", 2)
    assert report["before"]["loads"][0] == {
        "node": "a", "load_percent": 60.0, "cpu_percent": 50.0, "memory_percent": 60.0, "guests": 4,
    }  # fmt: skip
    assert report["before"]["highest_load_percent"] == 60.0
    assert report["after"]["imbalance"] == {"delta_percent": 15.0, "variation_percent": 20.0}
    assert [trigger["name"] for trigger in report["before"]["triggers"]] == ["balanciness"]
    assert report["before"]["quiet_triggers"] == [
        {"name": "memory_capacity", "reason": "a uses 60.0 GiB, within its limit of 88.2 GiB"},
        {"name": "cpu_capacity", "reason": "a uses 4.0 cores, within its limit of 7.2 cores"},
    ]
    assert report["notices"] == list(PLAN.notices)
    assert (report["settings"]["max_moves"], report["rules"]) == (8, [])


def test_a_move_as_data_has_its_units_in_the_names():
    [first, *_unused] = plan_report(PLAN, CLUSTER)["steps"][0]["moves"]
    estimates = {name: first.pop(name) for name in list(first) if name.startswith("estimated_")}
    assert estimates.keys() == {"estimated_seconds", "estimated_downtime_seconds", "estimated_bytes"}
    assert first.pop("reason") == PLAN.moves[0].reason
    assert first == {
        "vmid": 101, "name": "web", "type": "qemu", "source": "a", "target": "c", "mode": "live",
        "category": "improvement", "group": "", "gain_percent": 32.11, "memory_bytes": round(15 * GIB),
    }  # fmt: skip


def test_answers_and_refusals_as_data():
    full = a_cluster({"a": "8c/100G", "b": "8c/100G"}, [a_guest(101, demand="1c/60G", tags=("drs-pin",))])
    report = plan_report(make_plan(full, Policy(explain=(101,))), full)
    reason = "it is pinned to a (tag drs-pin)"
    assert report["refusals"] == [{"vmid": 101, "name": "", "target": None, "constraint": "pinned", "reason": reason}]
    assert report["explained"] == [
        {"vmid": 101, "target": "b", "allowed": False, "constraint": "pinned", "reason": reason, "gain_percent": 0.0}
    ]


def test_violations_as_data():
    full = a_cluster({"a": "8c/100G"}, ["101 a 1c/95G"])
    [violation] = plan_report(make_plan(full, Policy()), full)["before"]["violations"]
    assert violation == {
        "constraint": "memory_capacity", "node": "a", "reason": "a uses 95.0 GiB, above its limit of 88.2 GiB",
    }  # fmt: skip


def test_the_outcome_as_data():
    report = outcome_report(OUTCOME)
    assert report["counts"] == {"done": 1, "failed": 1, "skipped": 0, "running": 0}
    assert report["interrupted_by"] == "SIGTERM"
    assert report["warnings"] == []
    assert report["moves"][1]["began"] is None
    assert report["moves"][0] == {
        "vmid": 101, "name": "web", "source": "a", "target": "c", "status": "done", "reason": "it is on c now",
        "node": "c", "began": 1700000000.1, "seconds": 31.4, "upid": None, "warnings": ["a disk was left behind"],
        "attempts": [{"target": "c", "reason": "it is on c now", "upid": None}],
    }  # fmt: skip


def test_a_second_try_elsewhere_is_told_under_the_move_of_the_plan():
    first = OUTCOME.moves[0]
    move = replace(first.planned.move, target="b")
    again = replace(
        first, planned=replace(first.planned, move=move), status=DONE, node="b", instead_of=first.planned.move
    )
    told = outcome_report(Outcome(moves=(again,)))["moves"][0]
    assert (told["target"], told["node"]) == ("c", "b")


def test_the_score_as_data():
    served = {102: GuestScore(cpu=0.5, memory=0.9, network=1.0, unknown=frozenset({"swap"})),
              101: GuestScore(cpu=1.0, memory=1.0, network=1.0)}  # fmt: skip
    report = score_report(ClusterScore(value=0.725, guests=served))
    assert (report["percent"], report["unknown"], list(report["guests"])) == (72.5, {"swap": 1}, ["101", "102"])
    assert report["buckets"] == [
        {"from_percent": 0.0, "to_percent": 20.0, "guests": 0},
        {"from_percent": 20.0, "to_percent": 40.0, "guests": 0},
        {"from_percent": 40.0, "to_percent": 60.0, "guests": 1},
        {"from_percent": 60.0, "to_percent": 80.0, "guests": 0},
        {"from_percent": 80.0, "to_percent": 100.0, "guests": 1},
    ]
    assert report["guests"]["102"] == {
        "percent": 45.0, "cpu_percent": 50.0, "memory_percent": 90.0, "network_percent": 100.0,
    }  # fmt: skip


@given(clusters(), policies())
def test_every_plan_becomes_plain_json_with_every_move(cluster, policy):
    plan = make_plan(cluster, policy)
    report = json.loads(json.dumps(plan_report(plan, cluster), allow_nan=False))
    moves = [(move["vmid"], move["source"], move["target"]) for step in report["steps"] for move in step["moves"]]
    assert moves == [(p.move.vmid, p.move.source, p.move.target) for p in plan.moves]


@given(clusters(), policies())
def test_every_plan_becomes_text_that_names_every_move_and_refusal(cluster, policy):
    plan = make_plan(cluster, policy)
    text = text_report(plan, cluster)
    assert all(f": {p.move.source} -> {p.move.target}, {p.mode}" in text for p in plan.moves)
    assert all(refusal.reason in text for refusal in plan.refusals)
    assert all(notice in text for notice in plan.notices)
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_a_carried_out_plan_as_text(golden):
    golden("outcome", text_report(PLAN, CLUSTER, OUTCOME))


def test_a_run_that_came_to_its_end_says_nothing_of_an_end():
    text = text_report(PLAN, CLUSTER, replace(OUTCOME, interrupted_by=None))
    assert "Outcome\n  done    101 (web) is on c" in text


def test_a_guest_that_the_link_cannot_keep_up_with_is_marked():
    hard = replace(PLAN.moves[0], cost=replace(PLAN.moves[0].cost, converges=False))
    text = text_report(replace(PLAN, steps=(Step((hard,)),)), CLUSTER)
    assert "about 50 s, changes its memory faster than the link carries it" in text


def test_an_allowed_answer_as_text():
    level = a_cluster({"a": "8c/100G", "b": "8c/100G"}, ["101 a 1c/20G", "102 b 1c/20G"])
    text = text_report(make_plan(level, Policy(explain=(101,))), level)
    assert "  - 101 to b: allowed, would raise the variation by 1.0000" in text


MOVED = "101 (web): {}\n102: {}\n"


@pytest.mark.parametrize(
    ("outcome", "after"),
    [(None, ("c", "b")), (OUTCOME, ("c", "unknown"))],
    ids=["planned", "carried out in part"],
)
def test_the_diff_has_the_guests_of_the_plan_before_and_after(outcome, after):
    assert placement_diff(PLAN, CLUSTER, outcome) == {
        "before_header": "placement before",
        "after_header": "placement after",
        "before": MOVED.format("a", "a"),
        "after": MOVED.format(*after),
    }


def test_a_skipped_or_running_guest_is_where_it_was_seen():
    moves = [
        MoveOutcome(planned=planned, status=status, reason="because", node="a")
        for planned, status in zip(PLAN.moves, (SKIPPED, RUNNING), strict=True)
    ]
    diff = placement_diff(PLAN, CLUSTER, Outcome(moves=tuple(moves)))
    assert diff["after"] == diff["before"]


def test_the_diff_has_the_guests_of_plans_that_took_the_place_of_the_first():
    [first, *_others] = PLAN.moves
    later = make_plan(CLUSTER, Policy(balanciness=0.0, excluded_nodes=frozenset({"c"})))
    assert later.moves
    done = [MoveOutcome(planned=planned, status=DONE, reason="", node="b") for planned in (first, *later.moves)]
    diff = placement_diff(PLAN, CLUSTER, Outcome(moves=tuple(done), later_plans=(later,)))
    for planned in later.moves:
        assert f"{planned.move.vmid}" in diff["before"]
        assert f"{CLUSTER.guest_by_vmid[planned.move.vmid].label}: b\n" in diff["after"]


def test_the_diff_of_an_empty_plan_is_empty():
    empty = a_cluster({"a": "8c/100G"})
    diff = placement_diff(make_plan(empty, Policy()), empty, None)
    assert (diff["before"], diff["after"]) == ("", "")
