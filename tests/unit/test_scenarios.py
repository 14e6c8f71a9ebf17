# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Every scenario: the plan is as expected, the judge is content, and the report reads as it did."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core import errors
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.text import text_report
from ansible_collections.pve.drs.tests.scenario import (
    Scenario,
    all_names,
    disappointments,
    read_scenario,
    scenario_of,
)
from ansible_collections.pve.drs.tests.unit.judge import complaints

every_scenario = pytest.mark.parametrize("name", all_names())


def plan_or_error(scenario: Scenario) -> Plan | errors.DrsError:
    try:
        return make_plan(scenario.cluster, scenario.policy)
    except errors.DrsError as error:
        return error


@every_scenario
def test_it_comes_out_as_expected(name):
    scenario = read_scenario(name)
    result = plan_or_error(scenario)
    if isinstance(result, Plan):
        assert list(disappointments(scenario, result)) == []
    else:
        [(kind, words)] = scenario.expect.get("error", {"no error": str(result)}).items()
        assert (type(result).__name__, words in str(result)) == (kind, True), str(result)


@every_scenario
def test_the_judge_is_content(name):
    scenario = read_scenario(name)
    result = plan_or_error(scenario)
    assert not isinstance(result, Plan) or complaints(scenario.cluster, scenario.policy, result) == []


@every_scenario
def test_the_report_reads_as_it_did(name, golden):
    scenario = read_scenario(name)
    result = plan_or_error(scenario)
    is_plan = isinstance(result, Plan)
    text = text_report(result, scenario.cluster) if is_plan else f"{type(result).__name__}: {result}\n"
    golden(name.replace("/", "--"), f"{scenario.why}\n\n{text}")


def test_there_is_no_report_without_its_scenario(root):
    """Whoever renames a scenario takes its report along."""
    reports = {file.stem for file in (root / "tests" / "golden").glob("*--*.txt")}
    assert reports - {name.replace("/", "--") for name in all_names()} == set()


GOOD = {"why": "Because.", "nodes": {"a": "8c/100G"}, "expect": {"moves": []}}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"why": ""}, "missing are .'why'"),
        ({"expect": {}}, "missing are .'expect'"),
        ({"expect": {"triggers": []}}, "neither moves, steps nor an error"),
        ({"expect": {"moves": [], "mvoes": []}}, "unknown are .'mvoes'"),
        ({"guest": []}, "unknown are .'guest'"),
    ],
    ids=["no reason", "no expectation", "no moves", "unknown wish", "unknown part"],
)
def test_a_careless_scenario_is_refused(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        scenario_of("planted", {**GOOD, **change})


@pytest.mark.parametrize(
    ("expect", "count"),
    [
        ({"moves": []}, 0),
        ({"moves": ["101 a->b"]}, 1),
        ({"moves": [], "triggers": ["balanciness"], "still_open": []}, 1),
        ({"moves": [], "notices": ["no guests"]}, 0),
        ({"moves": [], "notices": []}, 1),
        ({"moves": [], "highest_load": {"at_least": 0.1}}, 1),
        ({"moves": [], "imbalance": {"delta": {"at_most": 0.0}}}, 0),
        ({"error": {"NoQuorum": "quorum"}}, 1),
    ],
    ids=["right", "wrong moves", "wrong trigger", "words", "unexpected notice", "bound", "metric", "no error came"],
)
def test_wrong_expectations_are_found(expect, count):
    scenario = scenario_of("planted", {**GOOD, "expect": expect})
    assert len(list(disappointments(scenario, make_plan(scenario.cluster, scenario.policy)))) == count
