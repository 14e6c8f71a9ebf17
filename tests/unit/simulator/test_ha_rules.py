# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""HA rules and groups through the API: what is kept, what is refused, what the manager makes of them."""

import json

import pytest

from simulator.scenario import load_world
from simulator.world.ha_data import HaResource, HaRule
from simulator.world.ha_rules import RuleSet

from .asking import ACCESS, Asking, Refused
from .worlds import a_world, until

RULES = "/cluster/ha/rules"
SMALL = "memory: 512M, load: {cpu: 1, memory: 64M}"
GUESTS = f"""
acl: [{{path: /, user: drs@pve, role: Administrator}}]
guests:
  - {{vmid: 101, node: pve1, {SMALL}, ha: started}}
  - {{vmid: 102, node: pve2, {SMALL}, ha: started}}
  - {{vmid: 103, node: pve3, {SMALL}, ha: started}}
  - {{vmid: 104, node: pve3, {SMALL}}}
"""
APART = {"rule": "apart", "type": "resource-affinity", "affinity": "negative", "resources": "vm:101,vm:102"}
GROUPS = f"""
acl: [{{path: /, user: drs@pve, role: Administrator}}]
guests: [{{vmid: 101, node: pve1, {SMALL}, ha: {{group: east}}}}, {{vmid: 102, node: pve3, {SMALL}, ha: started}}]
ha: {{groups: {{east: {{nodes: [pve1, "pve2:1"], restricted: true, nofailback: true}}}}}}
"""
REASONS = {
    "guest-in-several-node-affinity-rules": "is already used in another node affinity rule",
    "fewer-than-two-guests": "rule is ineffective as there are less than two resources",
    "more-guests-than-nodes": "rule defines more resources than available nodes",
    "shares-two-guests-with-a-positive-rule": "shares two or more resources with a positive resource affinity rule",
    "shares-two-guests-with-a-negative-rule": "shares two or more resources with a negative resource affinity rule",
    "guests-in-node-affinity-with-several-priorities": "resources are in node affinity rules with multiple priorities",
    "several-priorities-on-guests-with-resource-affinity": "cannot be in a node affinity rule with multiple priorities",
    "positive-set-in-several-node-affinity-rules": "resources are in multiple node affinity rules",
    "positive-partner-in-another-node-affinity-rule": "other resources in at least one other node affinity rule",
    "negative-set-confined-to-too-few-nodes": "restricted to less nodes than available to the resources",
    "confines-negative-set-to-too-few-nodes": "would restrict these to less nodes than available to the resources",
}


def asking(text=GUESTS, profile=None):
    world = a_world(ACCESS + text, profile)
    return world, Asking(world)


def refusal(ask, verb, path, **params):
    with pytest.raises(Refused) as caught:
        ask(verb, path, **params)
    return caught.value


def test_a_rule_is_made_changed_and_removed():
    _unused, ask = asking()
    ask("POST", RULES, **APART, comment="two")
    row = ask("GET", f"{RULES}/apart")
    assert row == {**APART, "comment": "two", "order": 1, "digest": row["digest"]}
    ask("PUT", f"{RULES}/apart", type="resource-affinity", resources="vm:103,vm:101", delete="comment")
    assert ask("GET", RULES)[0]["resources"] == "vm:101,vm:103"
    assert "comment" not in ask("GET", RULES)[0]
    ask("DELETE", f"{RULES}/apart")
    ask("DELETE", f"{RULES}/apart")
    assert ask("GET", RULES) == []


def test_a_disabled_rule_is_enabled_by_deleting_the_option_only():
    _unused, ask = asking()
    ask("POST", RULES, **APART)
    ask("PUT", f"{RULES}/apart", type="resource-affinity", disable=1)
    ask("PUT", f"{RULES}/apart", type="resource-affinity", disable=0)
    assert ask("GET", f"{RULES}/apart")["disable"] == 1
    ask("PUT", f"{RULES}/apart", type="resource-affinity", delete="disable")
    assert "disable" not in ask("GET", f"{RULES}/apart")


@pytest.mark.parametrize(
    "change", [{"strict": 1}, {"nodes": "pve2"}, {"resources": "vm:102"}, {"disable": 1}, {"comment": "new"}]
)
def test_every_change_makes_another_digest_and_an_old_one_is_refused(change):
    _unused, ask = asking()
    ask("POST", RULES, rule="home", type="node-affinity", resources="vm:101", nodes="pve1")
    old = ask("GET", f"{RULES}/home")["digest"]
    ask("PUT", f"{RULES}/home", type="node-affinity", digest=old, **change)
    assert ask("GET", f"{RULES}/home")["digest"] != old
    late = refusal(ask, "PUT", f"{RULES}/home", type="node-affinity", digest=old, comment="late")
    assert (late.status, late.message) == (
        500,
        "update HA rules failed: detected modified configuration - file changed by other user? Try again.",
    )


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"delete": "resources"}, "unable to delete required option 'resources'"),
        ({"delete": "strict"}, "no such option 'strict'"),
        ({"delete": "comment", "comment": "x"}, "cannot set and delete property 'comment' at the same time!"),
        ({"resources": "vm:101,vm:104"}, "cannot use unmanaged resource(s) vm:104."),
    ],
)
def test_a_change_that_cannot_be_is_refused(params, text):
    _unused, ask = asking()
    ask("POST", RULES, **APART)
    told = refusal(ask, "PUT", f"{RULES}/apart", type="resource-affinity", **params)
    assert (told.status, told.message) == (500, f"update HA rules failed: {text}")


def test_a_rule_that_cannot_be_obeyed_is_refused_with_the_reason_on_the_second_line():
    _unused, ask = asking()
    ask("POST", RULES, **APART)
    told = refusal(ask, "POST", RULES, **APART | {"rule": "join", "affinity": "positive"})
    assert told.message.splitlines() == [
        "create ha rule failed: 400 Rule 'join' is invalid.",
        "resources: rule shares two or more resources with a negative resource affinity rule",
    ]


def test_rules_that_contradict_each_other_are_listed_with_errors_and_ignored():
    contradiction = """
ha:
  rules:
    join: {type: resource-affinity, affinity: positive, resources: [101, 102]}
    part: {type: resource-affinity, affinity: negative, resources: [101, 102]}
    home: {type: node-affinity, resources: [103], nodes: [pve2]}
"""
    world, ask = asking(GUESTS + contradiction)
    rows = {row["rule"]: row for row in ask("GET", RULES)}
    shares = "rule shares two or more resources with a {} resource affinity rule"
    assert rows["join"]["errors"] == {"resources": [shares.format("negative")]}
    assert ask("GET", f"{RULES}/part")["errors"] == {"resources": [shares.format("positive")]}
    assert "errors" not in rows["home"]
    until(world, lambda: world.guests[103].node == "pve2", limit=60)
    assert (world.guests[101].node, world.guests[102].node) == ("pve1", "pve2")
    assert world.ha.blocking("vm:101", "pve2") == []


def test_a_guest_taken_out_of_ha_leaves_its_rules():
    _unused, ask = asking()
    ask("POST", RULES, **APART)
    ask("POST", RULES, rule="home", type="node-affinity", resources="vm:101", nodes="pve1")
    ask("DELETE", "/cluster/ha/resources/vm:101", purge=0)
    assert {row["rule"]: row["resources"] for row in ask("GET", RULES)} == {"apart": "vm:101,vm:102", "home": "vm:101"}
    ask("POST", "/cluster/ha/resources", sid="vm:101")
    ask("DELETE", "/cluster/ha/resources/vm:101")
    assert {row["rule"]: row["resources"] for row in ask("GET", RULES)} == {"apart": "vm:102"}


def test_a_resource_in_error_must_be_disabled_first():
    world, ask = asking(GUESTS + "faults: [{fail_task: no such disk, task: qmstart, vmid: 101}]")
    world.set_running(world.guests[101], running=False)
    until(world, lambda: world.ha.hastate("vm:101") == "error", limit=300)
    text = "service 'vm:101' in error state, must be disabled and fixed first"
    assert refusal(ask, "PUT", "/cluster/ha/resources/vm:101", state="started").message == text
    assert refusal(ask, "POST", "/cluster/ha/resources/vm:101/migrate", node="pve2").message == text
    ask("PUT", "/cluster/ha/resources/vm:101", state="disabled")
    until(world, lambda: world.ha.hastate("vm:101") == "stopped", limit=30)


def test_a_stopped_partner_keeps_nobody_away_but_a_request_is_still_blocked():
    text = GUESTS.replace(
        f"102, node: pve2, {SMALL}, ha: started", f"102, node: pve2, status: stopped, {SMALL}, ha: stopped"
    )
    world, ask = asking(text)
    ask("POST", RULES, **APART)
    ask("POST", RULES, rule="home", type="node-affinity", resources="vm:101", nodes="pve2")
    assert ask("POST", "/cluster/ha/resources/vm:101/migrate", node="pve2")["blocking-resources"]
    until(world, lambda: world.guests[101].node == "pve2", limit=60)


def test_groups_of_pve_8_are_kept_with_digest():
    world, ask = asking(GROUPS, "8.4")
    row = ask("GET", "/cluster/ha/groups/east")
    assert (row["nodes"], row["restricted"], row["nofailback"]) == ("pve1,pve2:1", 1, 1)
    ask("PUT", "/cluster/ha/groups/east", digest=row["digest"], delete="restricted")
    late = refusal(ask, "PUT", "/cluster/ha/groups/east", digest=row["digest"], comment="late")
    assert late.message.startswith("update ha group failed: detected modified configuration")
    wrong = refusal(ask, "PUT", "/cluster/ha/groups/east", delete="nodes")
    assert wrong.message == "update ha group failed: unable to delete required option 'nodes'"
    used = refusal(ask, "DELETE", "/cluster/ha/groups/east")
    assert used.message == "delete group failed: ha group is used by a resource ('east')"
    assert refusal(ask, "GET", RULES).status == 501
    assert world.ha.has_groups


def test_pve_9_makes_rules_of_groups():
    world, ask = asking(GROUPS)
    row = ask("GET", f"{RULES}/ha-group-east")
    assert (row["type"], row["nodes"], row["resources"], row["strict"]) == ("node-affinity", "pve1,pve2:1", "vm:101", 1)
    assert row["comment"] == "Generated from HA group 'east'."
    resource = ask("GET", "/cluster/ha/resources/vm:101")
    assert (resource.get("group"), resource["failback"]) == (None, 0)
    assert refusal(ask, "GET", "/cluster/ha/groups").message == (
        "cannot index groups: ha groups have been migrated to rules"
    )
    told = refusal(ask, "PUT", "/cluster/ha/resources/vm:102", group="east")
    assert told.message == "invalid parameter 'group': ha groups have been migrated to rules"
    assert not world.ha.has_groups


def test_groups_stay_while_one_node_runs_pve_8():
    world, ask = asking("nodes: {pve1: {}, pve2: {}, pve3: {version: 8.4.21}}" + GROUPS)
    assert ask("GET", "/cluster/ha/groups")[0]["group"] == "east"
    assert [row["rule"] for row in ask("GET", RULES)] == ["ha-group-east"]
    told = refusal(ask, "POST", RULES, rule="home", type="node-affinity", resources="vm:102", nodes="pve3")
    assert told.message == "cannot create ha rule: ha groups have not been migrated yet"
    world.nodes["pve3"].pve_version = "9.2.11"
    until(world, lambda: not world.ha.has_groups, limit=20)
    ask("POST", RULES, rule="home", type="node-affinity", resources="vm:102", nodes="pve3")


def cases(shared):
    folder = shared / "data" / "crs-cases" / "rules"
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def test_the_manager_reads_rules_as_proxmox_does(shared):
    """Dropped rules with their reasons, priorities, partners and rivals of Proxmox's own cases."""
    for case in cases(shared):
        rules = RuleSet(tuple(_rule(row) for row in case["rules"]), {}, len(case["nodes"]))
        expected = case["expected"]
        told = sorted((name, text) for name, texts in rules.complaints.items() for text in texts)
        wanted = sorted((row["rule"], REASONS[row["reason"]]) for row in expected["dropped"])
        assert len(told) == len(wanted), case["name"]
        assert all(name == other and reason in text for (name, text), (other, reason) in zip(told, wanted, strict=True))
        sids = {sid for row in case["rules"] for sid in row["resources"]}
        assert {s: sorted(rules.together(s)) for s in sids if rules.together(s)} == expected["together"], case["name"]
        assert {s: sorted(rules.apart(s)) for s in sids if rules.apart(s)} == expected["apart"], case["name"]
        for sid, priorities in expected["node_affinity"].items():
            assert rules.priorities(HaResource(sid), case["nodes"]) == priorities, (case["name"], sid)


def _rule(row):
    return HaRule(
        row["id"], row["type"], frozenset(row["resources"]), row.get("nodes", {}), strict=row.get("strict", False),
        affinity=row.get("affinity"), is_disabled=row["disabled"],
    )  # fmt: skip


def test_the_shipped_rules_are_at_rest_and_some_contradict_each_other():
    world = load_world("rules")
    before = {vmid: guest.node for vmid, guest in world.guests.items()}
    world.clock.advance(300)
    assert {vmid: guest.node for vmid, guest in world.guests.items()} == before
    ask = Asking(world, "drs@pve!demo")
    rows = {row["rule"]: row for row in ask("GET", RULES)}
    assert {name for name, row in rows.items() if "errors" in row} == {"cache-together", "cache-apart", "alone"}
    assert [name for name, row in rows.items() if row.get("disable")] == ["web-apart"]
    ask("DELETE", f"{RULES}/cache-apart")
    assert "errors" not in ask("GET", f"{RULES}/cache-together")


def test_the_shipped_groups_become_rules_on_pve_9():
    old = Asking(load_world("rules-pve8"), "drs@pve!demo")
    assert {row["group"] for row in old("GET", "/cluster/ha/groups")} == {"prefer1", "licensed", "no-return", "unused"}
    assert [row["sid"] for row in old("GET", "/cluster/ha/resources") if "errors" in row] == ["vm:141"]
    new = Asking(load_world("rules-pve8", "9.2"), "drs@pve!demo")
    assert {row["rule"] for row in new("GET", RULES)} == {"ha-group-prefer1", "ha-group-licensed", "ha-group-no-return"}


def test_during_an_upgrade_every_node_answers_as_what_it_runs():
    world, ask = asking("nodes: {pve1: {}, pve2: {}, pve3: {version: 8.4.21}}" + GUESTS)
    assert ask.at("pve1", "GET", RULES) == []
    assert ask.at("pve3", "GET", "/cluster/ha/groups") == []
    with pytest.raises(Refused, match="501 Method 'GET /cluster/ha/rules' not implemented"):
        ask.at("pve3", "GET", RULES)
    lxc = "/nodes/pve3/lxc/104/migrate"
    with pytest.raises(Refused, match=f"501 Method 'GET {lxc}' not implemented"):
        ask.at("pve1", "GET", lxc)
    assert "vendor" not in ask("GET", "/nodes/pve3/status")["cpuinfo"]
    world.upgrade_node("pve3", "9.2.11")
    assert ask.at("pve3", "GET", RULES) == []
