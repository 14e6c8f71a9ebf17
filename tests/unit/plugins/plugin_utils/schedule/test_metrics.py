# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Metrics of a run: whether the balancer ran, failed, and what it did."""

import re

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.pve.drs.plugins.filter.run_metrics import FilterModule
from ansible_collections.pve.drs.plugins.plugin_utils.schedule.metrics import FAMILIES, RESULTS

PLAN = {
    "cluster": 'the "lab"',
    "policy": "balance",
    "method": "memory",
    "move_count": 0,
    "recommended": [],
    "refusals": [],
    "before": {"triggers": []},
}
IDLE = {"changed": False, "plan": PLAN, "outcome": None}
COUNTS = {"done": 2, "failed": 1, "skipped": 0, "running": 0}
WAITING = [{"moves": [{}, {}]}]
SAMPLE = re.compile(r'pve_drs_run_[a-z_]+\{[a-z]+="(?:[^"\\\n]|\\.)*"(?:,[a-z]+="(?:[^"\\\n]|\\.)*")*\} [0-9.e+-]+')


def told(run, **more):
    return FilterModule().filters()["run_metrics"](run, **({"began": 1000.0, "ended": 1012.5, "service": "s"} | more))


def value(run, metric, labels=""):
    shown = f'pve_drs_run_{metric}{{service="s"{labels}}} '
    [found] = [line.removeprefix(shown) for line in told(run).splitlines() if line.startswith(shown)]
    return float(found)


def moved(**more):
    return IDLE | {"plan": PLAN | {"move_count": 3}, "outcome": {"counts": COUNTS}} | more


def test_when_a_run_ended_and_how_long_it_took():
    assert (value(IDLE, "timestamp_seconds"), value(IDLE, "duration_seconds")) == (1012.5, 12.5)


@pytest.mark.parametrize(
    ("run", "result", "success"),
    [
        (IDLE, "idle", 1),
        (moved(), "moved", 1),
        (moved(failed=True, msg="1 of 3 moves"), "incomplete", 0),
        (IDLE | {"plan": PLAN | {"move_count": 3}}, "planned", 1),
        (IDLE | {"plan": PLAN | {"recommended": WAITING}}, "recommended", 1),
        ({"changed": False, "plan": None, "outcome": None}, "not_leader", 1),
        ({"failed": True, "msg": "nobody answers"}, "failed", 0),
        ({}, "failed", 0),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_a_run_came_to(run, result, success):
    """The others are there as well, and 0, so that an alert never loses its series."""
    found = {name: value(run, "result", f',result="{name}"') for name in RESULTS}
    assert found == {name: float(name == result) for name in RESULTS}
    assert value(run, "success") == success


def test_moves_by_what_became_of_them():
    statuses = ("planned", "recommended", "done", "failed", "skipped", "running")
    assert [value(moved(), "moves", f',status="{status}"') for status in statuses] == [3, 0, 2, 1, 0, 0]
    waiting = IDLE | {"plan": PLAN | {"recommended": WAITING}}
    assert [value(waiting, "moves", f',status="{status}"') for status in statuses] == [0, 2, 0, 0, 0, 0]
    assert [value({}, "moves", f',status="{status}"') for status in statuses] == [0] * 6


def test_refusals_and_triggers_are_counted_by_name():
    refused = [{"constraint": "pinned"}, {"constraint": "pinned"}, {"constraint": "lock"}]
    before = {"triggers": [{"name": "memory_capacity"}, {"name": "balanciness"}]}
    run = IDLE | {"plan": PLAN | {"refusals": refused, "before": before}}
    assert value(run, "refusals", ',constraint="pinned"') == 2
    assert value(run, "refusals", ',constraint="lock"') == 1
    assert value(run, "triggers", ',trigger="balanciness"') == 1


def test_how_long_a_run_looked():
    assert value(IDLE | {"observed": {"looks": 3, "seconds": 10.2, "ended": "held"}}, "observed_seconds") == 10.2
    assert not re.search(r"(?m)^pve_drs_run_observed", told(IDLE))


def test_every_line_is_one_that_prometheus_reads():
    """Names of metrics are told once, also for those without a value; quotes in the name of a cluster do no harm."""
    lines = told(moved()).splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in samples)
    assert 'pve_drs_run_info{service="s",cluster="the \\"lab\\"",policy="balance",method="memory"} 1' in samples
    kinds = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    assert len(kinds) == len(set(kinds)) == 9


def test_by_default_a_run_ends_now():
    [line] = [line for line in told(IDLE, ended=None).splitlines() if line.startswith("pve_drs_run_timestamp_seconds{")]
    assert float(line.split()[-1]) > 1.7e9


def test_what_is_no_run_is_refused():
    with pytest.raises(AnsibleFilterError, match=r"^run_metrics takes what drs_balance returned, not list$"):
        told([])


def test_the_page_about_monitoring_has_every_metric(root):
    page = (root / "docs/how-to/monitoring.md").read_text(encoding="utf-8")
    told = set(re.findall(r"pve_drs_run_([a-z_]+)", page))
    assert told == {family.name for family in FAMILIES}
    assert all(f"`{result}`" in page for result in RESULTS)
