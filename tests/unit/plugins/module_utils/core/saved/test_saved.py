# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A plan goes into a file and comes out of it as it was, or says what is different."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import pytest
from hypothesis import given

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPlan, NoQuorum
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    FROZEN,
    HaConfig,
    HaGroup,
    HaResource,
    NodeAffinity,
    ResourceAffinity,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.report import plan_report
from ansible_collections.pve.drs.plugins.module_utils.core.saved import moment
from ansible_collections.pve.drs.plugins.module_utils.core.saved.digest import digest_of
from ansible_collections.pve.drs.plugins.module_utils.core.saved.drift import differences
from ansible_collections.pve.drs.plugins.module_utils.core.saved.model import SavedMove
from ansible_collections.pve.drs.plugins.module_utils.core.saved.opening import opened
from ansible_collections.pve.drs.plugins.module_utils.core.saved.progress import chosen_steps, left_to_do
from ansible_collections.pve.drs.plugins.module_utils.core.saved.record import Stamp, record_of
from ansible_collections.pve.drs.plugins.module_utils.core.saved.replay import replay
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest
from ansible_collections.pve.drs.tests.strategies import clusters, policies

MADE = 1_774_958_400.0
NODES = dict.fromkeys("abc", "8c/100G")
GUESTS = {
    101: a_guest(101, demand="1c/20G", name="web"),
    102: a_guest(102, demand="1c/20G", tags=("drs-auto",), hastate="started"),
    103: a_guest(103, demand="1c/20G"),
}
NEAR = NodeAffinity(name="near", sids=frozenset({"vm:102"}), nodes={"a": 1, "b": 1, "c": 1})
APART = ResourceAffinity(name="apart", sids=frozenset({"vm:102", "vm:104"}), is_positive=False)
HA = HaConfig(
    resources=(HaResource(sid="vm:102"), HaResource(sid="vm:900")),
    node_affinities=(NEAR,),
    resource_affinities=(APART,),
    groups=(HaGroup(name="left"),),
)
KEEP = Rule(name="keep", type="run_on", guests=GuestSelector(vmids=frozenset({101})), nodes=("a", "b", "c"))
OFF = Rule(name="off", type="pin", enabled=False)
POLICY = Policy(rules=(KEEP, OFF))


def lab(nodes=None, guests=None, **facts):
    return a_cluster(
        nodes or NODES, (GUESTS if guests is None else guests).values(), **({"name": "lab", "ha": HA} | facts)
    )


def report_of(plan):
    report = plan_report(plan, plan.cluster)
    stamp = Stamp(made=MADE, valid_until=MADE + 3600, settings={"balanciness": 5.0})
    return {**report, "record": record_of(plan, report, stamp)}


def through_a_file(report):
    return json.loads(json.dumps(report, indent=4, sort_keys=True))


def planned(cluster, policy):
    return replace(make_plan(cluster, policy), cluster=cluster)


REPORT = report_of(planned(lab(), POLICY))
SAVED = opened(through_a_file(REPORT))


def edited(change):
    report = copy.deepcopy(REPORT)
    change(report)
    return report


def moves_of(steps):
    return [[str(saved.move) for saved in step] for step in steps]


def test_what_a_file_holds():
    assert moves_of(SAVED.steps) == [["101 a->b", "102 a->c"]]
    assert (SAVED.cluster, SAVED.made, SAVED.valid_until) == ("lab", MADE, MADE + 3600)
    assert SAVED.settings == {"balanciness": 5.0}
    assert SAVED.nodes == {"a": "online", "b": "online", "c": "online"}
    assert sorted(SAVED.guests) == [101, 102]
    assert sorted(SAVED.rules) == [
        "HA group left", "HA resource vm:102", "HA rule apart", "HA rule near", "rule keep",
        "tag drs-auto of guest 102", "the mode of the HA manager",
    ]  # fmt: skip


def test_moments_are_in_utc():
    assert moment.written(MADE) == "2026-03-31T12:00:00Z"
    assert moment.read("2026-03-31T12:00:00Z") == MADE


def test_a_digest_knows_what_is_the_same():
    assert digest_of({"a": 2.0, "b": frozenset({"y", "x"})}) == digest_of({"b": ["x", "y"], "a": 2})
    assert digest_of({"a": (1, 2)}) != digest_of({"a": [2, 1]})


@given(clusters(), policies())
def test_what_was_planned_is_what_is_carried_out_later(cluster, policy):
    """No move of a plan is refused on the cluster that it was made for, and nothing there is different."""
    plan = planned(cluster, policy)
    saved = opened(through_a_file(report_of(plan)))
    assert differences(saved, saved.steps, cluster, policy) == ()
    again = replay(cluster, policy, left_to_do(saved.steps, cluster))
    assert again.refusals == ()
    assert [[p.move for p in step.moves] for step in again.steps] == [
        [p.move for p in step.moves] for step in plan.steps
    ]
    assert again.placement_after == plan.placement_after
    assert again.after.highest_load == pytest.approx(plan.after.highest_load, abs=1e-9)


def first(report):
    return report["steps"][0]["moves"][0]


EDITS = {
    "header": (lambda r: r["record"].update(valid_until="2030-01-01T00:00:00Z"), "its header (cluster, fingerprint"),
    "cluster": (lambda r: r.update(cluster="other"), "its header (cluster, fingerprint"),
    "settings": (lambda r: r["record"]["settings"].update(balanciness=50), "its settings were changed"),
    "nodes": (lambda r: r["record"]["nodes"].update(d="online"), "what it says of nodes was changed"),
    "guests": (lambda r: r["record"]["guests"]["101"].update(cores=9), "what it says of guests was changed"),
    "rules": (lambda r: r["record"]["rules"].pop("rule keep"), "what it says of rules was changed"),
    "target": (
        lambda r: first(r).update(target="c"),
        "move 101 a->c is none of its moves; its move 101 a->b is missing; make",
    ),
    "reason": (lambda r: first(r).update(reason="because"), "move 101 a->b was changed"),
    "order": (lambda r: r["steps"][0]["moves"].reverse(), "its moves are in another order, or its digests"),
    "digests": (lambda r: r["record"]["digests"].update(whole="0"), "its moves are in another order, or its digests"),
}


@pytest.mark.parametrize(("change", "expected"), EDITS.values(), ids=EDITS.keys())
def test_edits_are_named(change, expected):
    with pytest.raises(BadPlan, match="edited after it was made") as caught:
        opened(edited(change))
    assert expected in str(caught.value)


def test_edits_of_recommendations_are_named():
    report = report_of(planned(lab(), replace(POLICY, automation="manual")))
    one, *_unused = ids = [entry["id"] for entry in report["recommended"]]
    assert [len(ids), *opened(report).recommended] == [2, *ids]
    report["recommended"][0]["id"] = "mine"
    report["recommended"][1]["moves"][0]["target"] = "a"
    with pytest.raises(BadPlan) as caught:
        opened(report)
    told = f"recommendation mine is none of its own; its recommendation {one} is missing; recommendation {ids[1]} was changed"
    assert told in str(caught.value)


def test_figures_may_be_rounded_and_keys_reordered():
    def change(report):
        first(report).update(estimated_seconds=14, gain_percent=0)
        report["notices"] = []

    assert moves_of(opened(edited(change)).steps) == moves_of(SAVED.steps)


BROKEN = {
    "a list": ([], "it has no record"),
    "no record": ({"steps": []}, "it has no record"),
    "another format": (edited(lambda r: r["record"].update(format=2)), "has format 2, and only 1 is known"),
    "a move without target": (edited(lambda r: first(r).pop("target")), "is damaged (KeyError: 'target')"),
    "no digests": (edited(lambda r: r["record"].pop("digests")), "is damaged"),
    "a gain that is none": (edited(lambda r: first(r).update(gain_percent=None)), "is damaged"),
}


@pytest.mark.parametrize(("data", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_plan(data, expected):
    with pytest.raises(BadPlan) as caught:
        opened(data)
    assert expected in str(caught.value)


def with_node(**facts):
    return lab({**NODES, "b": {"capacity": "8c/100G"} | facts})


def with_guest(vmid=101, **facts):
    return lab(guests={**GUESTS, vmid: replace(GUESTS[vmid], **facts)})


def with_ha(**facts):
    return lab(ha=replace(HA, **facts))


CHANGES = {
    "cluster": (lab(name="other"), ["it was made for cluster lab, and this is other"]),
    "node gone": (lab({n: NODES[n] for n in "ab"}), ["node c is gone"]),
    "node new": (lab({**NODES, "d": "8c/100G"}), ["node d is new"]),
    "node down": (with_node(status="offline"), ["node b was online, and is offline now"]),
    "maintenance": (with_node(hastate="maintenance"), ["node b was online, and is in maintenance now"]),
    "guest gone": (
        lab(guests={102: GUESTS[102]}),
        ["guest 101 (web) is gone, or cannot be seen any more", "rule keep has changed"],
    ),
    "guest elsewhere": (
        with_guest(node="c"),
        ["guest 101 (web) is on c now, and not on a any more: somebody else moved it"],
    ),
    "guest arrived": (with_guest(node="b", lock="backup"), []),
    "guest under way": (
        lab(migrations=(Migration(vmid=101, source="a"),)),
        ["guest 101 (web) is being migrated by somebody else"],
    ),
    "cores": (with_guest(size=Resources(4, 20 * GIB)), ["guest 101 (web) has 4 vCPUs now, it had 1"]),
    "memory": (
        with_guest(size=Resources(1, 30 * GIB)),
        ["guest 101 (web) has 30.0 GiB now, it had 20.0 GiB"],
    ),
    "lock": (with_guest(lock="backup"), ["guest 101 (web) is locked (backup)"]),
    "stopped": (with_guest(status="stopped"), ["guest 101 (web) is stopped now, and was running"]),
    "HA": (with_guest(hastate="started"), ["guest 101 (web) is under HA now"]),
    "no HA": (with_guest(102, hastate=None), ["guest 102 is no longer under HA"]),
    "load": (with_guest(demand=Resources(3, 5 * GIB)), []),
    "a guest of no move": (with_guest(103, node="b"), []),
    "HA mode": (with_ha(mode=FROZEN), ["the mode of the HA manager has changed"]),
    "HA rule gone": (with_ha(node_affinities=()), ["HA rule near is gone"]),
    "HA rule new": (with_ha(resource_affinities=(APART, replace(APART, name="x"))), ["HA rule x is new"]),
    "HA rule strict": (with_ha(node_affinities=(replace(NEAR, is_strict=True),)), ["HA rule near has changed"]),
    "HA group": (with_ha(groups=(HaGroup(name="left", fails_back=False),)), ["HA group left has changed"]),
    "HA resource": (with_ha(resources=(HaResource(sid="vm:102", group="left"),)), ["HA resource vm:102 has changed"]),
    "tag": (with_guest(tags=frozenset({"drs-pin", "any"})), ["tag drs-pin of guest 101 is new"]),
}


@pytest.mark.parametrize(("cluster", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_differences_are_named(cluster, expected):
    assert list(differences(SAVED, SAVED.steps, cluster, POLICY)) == expected


def test_what_has_gone_is_told_the_other_way_round():
    then = opened(report_of(planned(with_guest(103, lock="x"), POLICY)))
    locked = replace(then, guests={**then.guests, 101: replace(then.guests[101], lock="backup", is_active=False)})
    assert list(differences(locked, locked.steps, lab(), POLICY)) == [
        "guest 101 (web) is no longer locked (backup)",
        "guest 101 (web) is running now, and was not running",
    ]


def test_declared_rules_count_by_what_they_say_of_the_guests_that_move():
    others = replace(KEEP, guests=GuestSelector(vmids=frozenset({101, 103})))
    assert differences(SAVED, SAVED.steps, lab(), Policy(rules=(others,))) == ()
    barred = replace(KEEP, nodes=("a",))
    assert differences(SAVED, SAVED.steps, lab(), Policy(rules=(barred,))) == ("rule keep has changed",)


def test_without_a_prefix_tags_are_no_rules():
    plan = planned(lab(), replace(POLICY, tag_prefix=""))
    assert not [name for name in report_of(plan)["record"]["rules"] if name.startswith("tag")]


def test_recommendations_are_chosen_by_their_ids():
    saved = opened(report_of(planned(lab(), replace(POLICY, automation="manual"))))
    last = list(saved.recommended)[1]
    assert (saved.steps, moves_of(chosen_steps(saved, [last]))) == ((), [["102 a->c"]])
    with pytest.raises(BadPlan, match=r"approved no is not recommended in this plan, which recommends [0-9a-f]+, "):
        chosen_steps(saved, ["no"])
    with pytest.raises(BadPlan, match="which recommends nothing"):
        chosen_steps(SAVED, ["no"])


def a_move(vmid, source, target, group=""):
    return SavedMove(move=Move(vmid, source, target), mode="live", category="mandatory", reason="why", group=group)


WAY = ((a_move(101, "a", "b"), a_move(102, "a", "c")), (a_move(101, "b", "c"),))
PROGRESS = {
    "nothing": ("a", "a", [["101 a->b", "102 a->c"], ["101 b->c"]]),
    "one of two": ("a", "c", [["101 a->b"], ["101 b->c"]]),
    "half of the way": ("b", "c", [["101 b->c"]]),
    "all": ("c", "c", []),
    "elsewhere": ("d", "c", [["101 a->b"], ["101 b->c"]]),
}


@pytest.mark.parametrize(("one", "other", "expected"), PROGRESS.values(), ids=PROGRESS.keys())
def test_what_is_left_of_a_plan(one, other, expected):
    cluster = a_cluster(dict.fromkeys("abcd", "8c/100G"), [a_guest(101, one), a_guest(102, other)])
    assert moves_of(left_to_do(WAY, cluster)) == expected


def test_moves_of_guests_that_are_gone_are_left():
    assert moves_of(left_to_do(WAY, a_cluster({"a": "8c/100G"}, []))) == [["101 a->b", "102 a->c"], ["101 b->c"]]


def test_a_move_that_is_not_allowed_any_more_is_refused_with_all_that_follow():
    full = lab(guests={**GUESTS, 201: a_guest(201, "b", demand="1c/75G")})
    plan = replay(full, POLICY, ((a_move(101, "a", "b"),), (a_move(101, "b", "c"),)), ["as it was"])
    assert [(refusal.target, refusal.reason) for refusal in plan.refusals] == [
        ("b", "b would use 95.0 GiB, above its limit of 88.2 GiB"),
        ("c", "it would not be on b by then"),
    ]
    assert plan.notices == ("as it was",)


def test_guests_of_a_group_are_judged_together():
    together = Rule(name="pair", type="together", guests=GuestSelector(vmids=frozenset({101, 103})))
    pair = ((a_move(101, "a", "b", "rule pair"), a_move(103, "a", "b", "rule pair")),)
    assert replay(lab(), Policy(rules=(together,)), pair).refusals == ()
    alone = replay(lab(), Policy(rules=(together,)), ((a_move(101, "a", "b"),),))
    assert [refusal.constraint for refusal in alone.refusals] == ["together"]


def test_nothing_is_carried_out_without_quorum():
    with pytest.raises(NoQuorum, match="cluster lab has no quorum"):
        replay(lab(is_quorate=False), POLICY, ())
