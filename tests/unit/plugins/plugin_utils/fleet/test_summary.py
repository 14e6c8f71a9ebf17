# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How each of several clusters fared, from what the module returned for it."""

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.pve.drs.plugins.filter.fleet_summary import FilterModule

NONE = {"done": 0, "failed": 0, "skipped": 0, "running": 0}
FIGURES = ("status", "moves", "done", "failed", "skipped", "running", "recommended", "refused")


def a_run(moves=0, ends=None, **more):
    outcome = {"counts": NONE | ends} if ends else None
    plan = {"cluster": "lab", "move_count": moves, "refusals": [], "recommended": []} | more.pop("plan", {})
    return {"changed": bool(ends), "plan": plan, "outcome": outcome, "report": "pve.drs: ...\n"} | more


def summed(runs, finished=None, files=None):
    [summary] = FilterModule().filters().values()
    return summary(runs, runs if finished is None else finished, files)


def figures(run, *, finished=("a",)):
    [row] = summed({"a": run}, finished)["clusters"]
    return {name: row[name] for name in FIGURES if row[name]}, row["message"]


@pytest.mark.parametrize(
    ("run", "found", "message"),
    [
        (a_run(), {"status": "idle"}, ""),
        (a_run(5, plan={"refusals": [{}, {}]}), {"status": "planned", "moves": 5, "refused": 2}, ""),
        (a_run(plan={"recommended": [{}]}), {"status": "waiting", "recommended": 1}, ""),
        (a_run(5, {"done": 5}), {"status": "moved", "moves": 5, "done": 5}, "5 done"),
        (a_run(2, {"done": 1, "skipped": 1}), {"status": "moved", "moves": 2, "done": 1, "skipped": 1}, "1 done, 1 skipped"),
        (
            a_run(2, {"failed": 1, "running": 1}, failed=True, msg="1 of 2 moves\n did not end well"),
            {"status": "failed", "moves": 2, "failed": 1, "running": 1},
            "1 of 2 moves did not end well",
        ),
        ({"failed": True, "msg": "refused"}, {"status": "failed"}, "refused"),
        ({"failed": True, "censored": "hidden"}, {"status": "failed"}, "it failed without a message that could be told here"),
        ({"plan": None, "outcome": None, "report": "b is the leader\n"}, {"status": "idle"}, "b is the leader"),
    ],
)  # fmt: skip
def test_a_run_becomes_a_status_and_numbers(run, found, message):
    assert figures(run) == (found, message)


def test_a_host_that_did_not_get_through_all_tasks_has_failed():
    assert figures(a_run(1, {"done": 1}), finished=()) == (
        {"status": "failed", "moves": 1, "done": 1},
        "the run itself ended well, but something after it failed",
    )
    assert figures({}, finished=()) == ({"status": "failed"}, "it failed without a message that could be told here")


def test_every_status_is_counted():
    runs = {"a": a_run(), "b": a_run(), "c": {"failed": True, "msg": "no"}}
    assert summed(runs)["counts"] == {"moved": 0, "planned": 0, "waiting": 0, "idle": 2, "failed": 1}


def test_the_text_has_a_line_for_each_cluster_and_says_why_some_failed():
    runs = {
        "east": a_run(12, {"done": 10, "skipped": 2}, plan={"cluster": "prod-east", "refusals": [{}]}),
        "north-1": a_run(),
        "south": {"failed": True, "msg": "no answer"},
    }
    files = {"east": ["east.html", "east.json"], "south": ["south.html"]}
    assert summed(runs, files=files)["text"].splitlines() == [
        "pve.drs: 3 clusters: 1 moved guests, 1 nothing to do, 1 FAILED",
        "",
        "  host     cluster    moves  done  skipped  refused  result",
        "  east     prod-east     12    10        2        1  moved guests",
        "  north-1  lab            0     0        0        0  nothing to do",
        "  south    -              -     -        -        -  FAILED",
        "",
        "What failed",
        "  - south: no answer",
        "",
        "Files",
        "  - east: east.html, east.json",
    ]


def test_the_text_leaves_out_what_nobody_has():
    assert summed({"a": a_run()})["text"].splitlines() == [
        "pve.drs: 1 cluster: 1 nothing to do",
        "",
        "  host  cluster  moves  refused  result",
        "  a     lab          0        0  nothing to do",
    ]


def test_something_else_than_results_by_host_is_refused():
    with pytest.raises(AnsibleFilterError, match="by host, as a dictionary, not list"):
        summed([a_run()], finished=())
