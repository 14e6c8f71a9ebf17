# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A plan is made in check mode, kept in a file, reviewed, and carried out unchanged or not at all."""

import copy
import json
import time

import pytest

from simulator.scenario import load_world
from simulator.server import Settings, running


@pytest.fixture
def demo():
    """Serve the shipped demonstration cluster, with time that passes quickly."""
    with running(load_world("demo"), Settings(port=0, speed=240.0)) as simulator:
        yield simulator


@pytest.fixture
def balance(demo, reach, run_module):
    """Run the module on the demonstration cluster; returns its result."""

    def run(*, check_mode=False, **options):
        params = reach(demo.connection) | {"settle": 0} | options
        return run_module("drs_balance", params, check_mode=check_mode)

    return run


@pytest.fixture
def saved(balance):
    """A plan, made in check mode."""
    return balance(check_mode=True)["plan"]


def places(demo):
    return {vmid: guest.node for vmid, guest in demo.world.guests.items()}


def moves(report):
    return [(m["vmid"], m["source"], m["target"], m["mode"]) for step in report["steps"] for m in step["moves"]]


@pytest.mark.long
def test_a_saved_plan_is_applied_unchanged_and_only_once(demo, balance, saved, tmp_path):
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(saved, indent=4, sort_keys=True), encoding="utf-8")
    shown = balance(check_mode=True, plan=str(file))
    assert shown["changed"]
    assert moves(shown["plan"]) == moves(saved)
    assert demo.log.writing() == []
    done = balance(plan=str(file))
    assert [(m["vmid"], m["source"], m["target"]) for m in done["outcome"]["moves"]] == [m[:3] for m in moves(saved)]
    assert done["outcome"]["counts"]["done"] == len(moves(saved))
    assert f"this is the plan of {saved['record']['made']}, unchanged" in done["plan"]["notices"]
    assert "record" not in done["plan"]
    before = places(demo)
    again = balance(plan=str(file))
    assert (again["changed"], again["outcome"], places(demo)) == (False, None, before)
    assert "was carried out already" in again["report"]


@pytest.mark.long
def test_a_plan_in_a_variable_is_as_good_as_a_file(demo, reach, run_cases, saved):
    params = reach(demo.connection) | {"settle": 0, "plan": saved}
    results, _printed = run_cases({"run": {"module": "drs_balance", "check_mode": True, "params": params}})
    assert moves(results["run"]["plan"]) == moves(saved)


@pytest.mark.long
def test_after_a_foreign_migration_the_plan_is_refused_and_says_why(demo, balance, saved):
    vmid, source, target, _unused = moves(saved)[0]
    elsewhere = next(name for name in demo.world.nodes if name not in (source, target))
    demo.call(lambda: demo.world.steal(vmid, elsewhere))
    while demo.world.migrations:
        time.sleep(0.05)
    refused = balance(plan=saved)
    assert refused["failed"]
    assert f"is on {elsewhere} now, and not on {source} any more: somebody else moved it" in refused["msg"]
    assert [entry.path for entry in demo.log.writing()] == []


@pytest.mark.long
def test_an_edited_plan_is_refused_and_names_the_edit(demo, balance, saved):
    edited = copy.deepcopy(saved)
    edited["steps"][0]["moves"][0]["target"] = "pve4"
    refused = balance(plan=edited)
    vmid, source, target, _unused = moves(saved)[0]
    assert (
        f"move {vmid} {source}->pve4 is none of its moves; its move {vmid} {source}->{target} is missing"
        in refused["msg"]
    )
    assert demo.log.writing() == []


@pytest.mark.long
def test_a_plan_expires(demo, balance):
    plan = balance(check_mode=True, plan_valid=1)["plan"]
    time.sleep(2.1)
    refused = balance(plan=plan)
    assert refused["msg"] == f"the plan was valid until {plan['record']['valid_until']}: make a new one"
    assert demo.log.writing() == []


@pytest.mark.long
def test_options_belong_to_the_plan(demo, balance):
    rule = {"name": "home", "type": "pin", "guests": [102]}
    plan = balance(check_mode=True, memory_max=85, rules=[rule])["plan"]
    assert plan["record"]["settings"] == {"memory_max": 85, "rules": [rule]}
    assert moves(balance(check_mode=True, plan=plan, memory_max=85)["plan"]) == moves(plan)
    refused = balance(plan=plan, memory_max=80, rules=[rule | {"guests": [103]}, {**rule, "name": "new"}])
    assert "option memory_max is 80.0 now, and was 85.0; " in refused["msg"]
    assert "rule home (option rules) has changed; rule new (option rules) is new" in refused["msg"]
    assert demo.log.writing() == []


@pytest.mark.long
def test_recommendations_of_a_plan_are_carried_out_when_approved(balance):
    plan = balance(check_mode=True, automation="manual")["plan"]
    assert "has nothing to carry out; it recommends" in balance(plan=plan)["report"]
    first = plan["recommended"][0]
    done = balance(plan=plan, approve=[first["id"]])
    assert [move["vmid"] for move in done["outcome"]["moves"]] == [move["vmid"] for move in first["moves"]]
    assert "approved none is not recommended" in balance(plan=plan, approve=["none"])["msg"]


def test_a_plan_holds_no_secret(demo, balance, reach):
    params = reach(demo.connection)
    text = json.dumps(balance(check_mode=True, rules=[{"name": "home", "type": "pin", "guests": [102]}])["plan"])
    for name in ("api_token_secret", "api_token_id", "api_host", "ca_path"):
        assert str(params[name]) not in text
    assert "api_" not in text


BAD_FILES = {
    "no file": (None, "cannot be read (No such file or directory)"),
    "no json": ("steps: []", "is no JSON"),
    "too deep": ("[" * 100_000, "is no JSON"),
    "no plan": ('{"steps": []}', "this is no plan that can be applied: it has no record"),
}


@pytest.mark.long
def test_files_that_hold_no_plan(balance, tmp_path):
    results = {}
    for name, (text, _unused) in BAD_FILES.items():
        file = tmp_path / f"{name}.json"
        if text is not None:
            file.write_text(text, encoding="utf-8")
        results[name] = balance(plan=str(file))
    assert [name for name, (_unused, expected) in BAD_FILES.items() if expected not in results[name]["msg"]] == []


def test_a_plan_is_saved_and_carried_out_by_playbooks(demo, reach, ansible_playbook, tmp_path):
    file, options = tmp_path / "plan.json", reach(demo.connection) | {"settle": 0}
    given = json.dumps({f"drs_{option}": value for option, value in options.items()})
    reported = ansible_playbook("pve.drs.report", "-e", given, "-e", f"drs_plan_save={file}")
    assert reported.returncode == 0, reported.stdout
    text = file.read_text(encoding="utf-8")
    assert options["api_token_secret"] not in text
    runs = [ansible_playbook("pve.drs.balance", "-e", given, "-e", f"drs_plan={file}") for _unused in range(2)]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stdout
    assert runs[0].stdout.count('"  done    ') == json.loads(text)["move_count"]
    assert ["changed=1 " in run.stdout for run in runs] == [True, False]
