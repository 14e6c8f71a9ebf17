# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Rules that do not count are told of in the plan, the report, the text and the facts."""

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.report import plan_report
from ansible_collections.pve.drs.plugins.module_utils.core.text import text_report
from ansible_collections.pve.drs.plugins.module_utils.glue.facts import facts_of
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

CLUSTER = a_cluster({"a": "8c/100G", "b": "8c/100G"}, [a_guest(101), a_guest(102, node="b")])
BOTH = GuestSelector(vmids=frozenset({101, 102}))
CALM = Policy(rules=(Rule(name="s", type="separate", guests=BOTH),))
TORN = Policy(rules=(*CALM.rules, Rule(name="t", type="together", guests=BOTH)))
WHY = "101 and 102 would have to share a node and be on nodes of their own"
DISABLED = [
    {
        "rule": "rule t",
        "conflicts_with": ["rule s"],
        "reason": WHY,
        "vmids": [101, 102],
        "nodes": [],
        "demands": ["rule s keeps 101 and 102 apart", "rule t keeps 101 and 102 together"],
    }
]


def test_the_report_names_them():
    report = plan_report(make_plan(CLUSTER, TORN), CLUSTER)
    assert report["disabled_rules"] == DISABLED
    assert plan_report(make_plan(CLUSTER, CALM), CLUSTER)["disabled_rules"] == []


def test_the_text_names_them():
    text = text_report(make_plan(CLUSTER, TORN), CLUSTER)
    assert f"Rules that do not count\n  - rule t does not count, because of rule s: {WHY}\n" in text
    assert "Rules that do not count" not in text_report(make_plan(CLUSTER, CALM), CLUSTER)


def test_the_facts_name_them():
    facts = facts_of(CLUSTER, TORN, ["rules"])
    assert facts["disabled_rules"] == DISABLED
    assert facts["warnings"] == [f"rule t does not count, because of rule s: {WHY}"]


def test_the_facts_warn_whatever_is_gathered():
    facts = facts_of(CLUSTER, TORN, ["nodes"])
    assert (len(facts["warnings"]), "disabled_rules" in facts) == (1, False)


def test_what_cannot_be_kept_at_the_moment_is_a_notice_and_a_warning():
    nodes = {"a": "8c/100G", "b": {"capacity": "8c/100G", "hastate": "maintenance"}}
    cluster = a_cluster(nodes, [a_guest(101), a_guest(102, node="b")])
    text = "rule s cannot be kept at the moment: 101 and 102 need a node each, but only a is left for them"
    assert text in make_plan(cluster, CALM).notices
    assert text in facts_of(cluster, CALM, ["rules"])["warnings"]
