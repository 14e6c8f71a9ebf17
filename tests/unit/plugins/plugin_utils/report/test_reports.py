# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Runs as HTML, Markdown and JSON."""

import json
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.pve.drs.plugins.plugin_utils.report.filters import report_html, report_json, report_markdown
from ansible_collections.pve.drs.tests import results

VOID = {"meta", "link", "br"}
REPORTS = {"html": report_html, "markdown": report_markdown, "json": report_json}


class Outline(HTMLParser):
    """Checks that tags match; keeps counts of tags, attributes that fetch, and all text."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.fetched, self.text = [], Counter(), [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.fetched += [value for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def words_of(page):
    return " ".join(" ".join(Outline(page).text).split())


def rows_of(text):
    """Return the cells of all lines of tables."""
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]


@pytest.mark.parametrize("sentence", [
    "2 of 5 moves did not end well (3 done, 1 failed, 1 skipped)",
    "failed: guest 104 (web-104) pve1 -> pve2 is on pve1: migration aborted",
    "92.0 % → 58.0 %",
    "memory_capacity pve1 uses 115.5 GiB, above its limit of 112.9 GiB",
    "cpu_capacity pve1 uses 6.0 cores, within its limit of 14.4 cores",
    "limit 90 %",
    "10.0 GiB 1 min, 12.0 GiB to send, pause 0.08 s",
    "done 1 min 11 s",
    "skipped is on pve1: it was locked (backup)",
    "Warning: a disk was left behind on pve1",
    "2026-11-21 04:26:52 UTC, 2 min 15 s",
    "5b1d0c77e3a9 automation is manual, as tag drs-manual says",
    "121 (shop-db1) pinned it is pinned to pve1 (tag drs-pin)",
    "106 to pve2 allowed, would take 2.1 % of imbalance away",
    "121 to pve2 pinned no, it is pinned",
    "2 more guests had to stay",
    "2026-11-21 03:26:52 UTC 8 (new) pve3 → pve1 makes room 5 s failed",
    "db-apart rule keep apart 101, 102 must no node is left for 101",
    "licensed HA rule run on pve1, pve2 101, 102, 103, 104, 105, 106, 107 and 12 more must",
    "left HA group run on pve1 101, 102 should",
    "small rule at most 20 guests on pve3",
    "tag drs-together-x 101, 102 it can never be kept",
    "old rule keep together 101, 102 must switched off",
    "balanciness 10",
    "trust_tags no",
])  # fmt: skip
def test_the_page_tells(sentence):
    assert sentence in words_of(report_html(results.a_troubled_run()))


@pytest.mark.parametrize("sentence", [
    "pve1 not empty 2 guests, 1 running, in maintenance",
    "pve7 empty 0 guests, 0 running",
    "121 (gw) on pve1 blocked it is pinned to pve1 (tag drs-pin)",
    "122 (gw) on pve1 blocked to pve2: no room; to pve3: no room; to pve4: no room; 2 more reasons",
    "123 (gw) on pve1 shut down",
    "all other nodes 32.0 GiB and 10.5 cores within the limits",
    "One more node may fail no 2 guests of pve3 without room",
    "pve2 32.0 GiB and 10.5 cores",
])  # fmt: skip
def test_the_page_of_an_evacuation_tells(sentence):
    assert sentence in words_of(report_html(results.an_evacuation()))


def test_where_another_node_may_fail_no_guest_is_said_to_be_without_room():
    result = results.an_evacuation()
    result["headroom"] |= {"can_lose_one_more": True}
    words = words_of(report_html(result))
    assert "One more node may fail yes pve2" in words
    assert "without room" not in words


def test_settings_that_are_not_set_are_left_out():
    settings = {"max_parallel_per_source": None, "max_moves": 8}
    words = words_of(report_html(results.a_result(results.a_plan(settings=settings))))
    assert "max_moves 8" in words
    assert "max_parallel_per_source" not in words


def test_an_evacuation_as_markdown_and_json():
    result = results.an_evacuation()
    text = report_markdown(result)
    assert "- **121 (gw) on pve1**: it is pinned to pve1 (tag drs-pin) (blocked)" in text
    assert "- all other nodes: **32.0 GiB** (and 10.5 cores within the limits)" in text
    data = json.loads(report_json(result))
    assert (data["blocked"], data["headroom"]) == (result["blocked"], result["headroom"])


def test_the_last_migrations_are_told_newest_first():
    words = words_of(report_html(results.a_troubled_run()))
    assert words.index("8 (new)") < words.index("9 (old)")
    facts = {"history": results.a_troubled_run()["last_migrations"]}
    assert "8 (new)" in words_of(report_html(results.a_result(results.a_plan()), facts))
    facts = {"history": {"runs": [], "moves": facts["history"]}}
    assert "8 (new)" in words_of(report_html(results.a_result(results.a_plan()), facts))


def test_markdown_tells_the_same_run(golden):
    golden("a_run_with_trouble_as_markdown", report_markdown(results.a_troubled_run(), generated=results.BEGAN))


@pytest.mark.parametrize(("result", "tone", "sentence"), [
    (results.a_result(results.a_plan()), "calm", "Nothing to do"),
    (results.a_result(results.a_plan([[results.a_move()]])), "open", "1 move planned, nothing was moved"),
    (results.a_result(results.a_plan(recommended=[{"id": "a", "why": "b", "moves": []}])), "open",
     "Nothing was moved, 1 recommendation waiting for consent"),
    (results.a_result(results.a_plan(recommended=[{"id": "a", "why": "b", "moves": []}], hours={"is_open": False})), "open",
     "Nothing was moved, 1 recommendation waiting for another hour"),
    (results.a_result(results.a_plan([[results.a_move()]]), results.an_outcome([results.moved(results.a_move())])), "good",
     "All went as planned: 1 move carried out"),
    (results.a_result(results.a_plan([[results.a_move()]]), failed=True, msg="no quorum"), "bad", "The run failed no quorum"),
    (results.a_result(results.a_plan([[results.a_move()]]), results.an_outcome([results.moved(results.a_move(), status="running")],
     interrupted_by="SIGTERM")), "bad", "1 of 1 move did not end well (1 running) The run ended early: SIGTERM."),
], ids=["nothing", "dry run", "recommended", "at another hour", "done", "failed", "interrupted"])  # fmt: skip
def test_the_verdict(result, tone, sentence):
    page = report_html(result)
    assert f'<div class="verdict {tone}">' in page
    assert sentence in words_of(page)


def test_a_dry_run_is_shown_on_the_time_line_as_it_would_go():
    steps = [[results.a_move(101), results.a_move(102, estimated_seconds=30.0)], [results.a_move(103)]]
    page = report_html(results.a_result(results.a_plan(steps)))
    assert "By the estimate of the plan, without pauses between steps: 2 min." in words_of(page)
    assert re.findall(r'class="run planned" style="left:([\d.]+)%;width:([\d.]+)%"', page) == [
        ("0.0", "50.0"), ("0.0", "25.0"), ("50.0", "50.0"),
    ]  # fmt: skip


def test_moves_are_where_and_as_long_on_the_time_line_as_they_were():
    moves = [results.a_move(101), results.a_move(102), results.a_move(103)]
    entries = [
        results.moved(moves[0], began=1000.0, seconds=50.0),
        results.moved(moves[1], began=1050.0, seconds=50.0, status="failed"),
        results.moved(moves[2], began=None, status="skipped"),
    ]
    page = report_html(results.a_result(results.a_plan([moves]), results.an_outcome(entries)))
    assert re.findall(r'class="run (\w+)" style="left:([\d.]+)%;width:([\d.]+)%"', page) == [
        ("done", "0.0", "50.0"), ("failed", "50.0", "50.0"),
    ]  # fmt: skip
    assert "00:16:40" in page


@pytest.mark.parametrize("run", [results.a_troubled_run, results.a_hostile_run, results.a_large_run])
def test_the_page_is_complete_in_itself(run):
    outline = Outline(report_html(run()))
    assert outline.fetched == ["data:,"]
    assert not outline.tags.keys() & {"script", "iframe", "object", "img", "form", "base"}


def test_a_large_run_is_a_small_page_that_tells_what_went_wrong_first():
    result = results.a_large_run()
    page, text = report_html(result), report_markdown(result)
    assert len(page.encode()) < 1_000_000
    assert len(text) < 65_536, "more than GitHub takes"
    rows = re.search(r'<table class="cards moves">.*?</table>', page, re.DOTALL).group()
    assert "10999 (a-guest-with-a-rather-long-name-9999)" in rows.partition("<tbody>")[2].partition("</tr>")[0]
    assert "| failed, is on pve16:" in text
    words = words_of(page)
    assert ("9,700 more moves are not listed" in words, "9,880 more moves are not listed" in words) == (True, True)
    assert page.count('<div class="track">') == 48


@pytest.mark.parametrize("name", REPORTS)
def test_secrets_of_the_task_are_in_no_report(name):
    result = results.a_hostile_run()
    assert results.SECRET in json.dumps(result)
    if name == "json":
        del result["plan"]["steps"][0]["moves"][0]["password"]
    assert results.SECRET not in REPORTS[name](result)


def test_hostile_names_are_nothing_but_text_on_the_page():
    page = report_html(results.a_hostile_run())
    assert Outline(page).tags["script"] == 0
    assert words_of(page).count('<script>alert("x")</script> | @everyone #1 `rm` [a](b) next') >= 10


def test_hostile_names_are_nothing_but_text_in_markdown():
    text = report_markdown(results.a_hostile_run())
    assert "<script" not in text
    assert re.search(r"@\w|(?<!&)#\d|(?<!\\)`|(?<!\\)\[", text) is None
    tables = [len(cells) for cells in rows_of(text)]
    assert set(tables) == {2, 5, 6, 8}
    assert [line for line in text.splitlines() if line.startswith("next")] == []


def test_json_has_what_was_returned_and_the_format():
    result = results.a_troubled_run()
    data = json.loads(report_json(result, title="Change 1", generated=results.BEGAN))
    assert (data["format"], data["title"], data["generated"]) == (1, "Change 1", "2026-11-21 04:26:52 UTC")
    assert (data["plan"], data["outcome"], data["msg"]) == (result["plan"], result["outcome"], result["msg"])
    assert [move["vmid"] for move in data["last_migrations"]] == [8, 9]
    assert data.keys() == {
        "format",
        "title",
        "generated",
        "changed",
        "failed",
        "msg",
        "plan",
        "outcome",
        "last_migrations",
    }


def test_the_title_is_that_of_the_user():
    result = results.a_result(results.a_plan())
    assert "<title>Change 4711</title>" in report_html(result, title="Change 4711")
    assert report_markdown(result, title="Change 4711").startswith("## Change 4711\n")
    assert "<title>pve.drs: cluster lab</title>" in report_html(result)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(("result", "why"), [
    ({"failed": True, "msg": "no host answers"}, "a plan among it (it says: no host answers)"),
    ("a text", "a report needs all that drs_balance or drs_evacuate returned, a plan among it"),
], ids=["failed early", "something else"])  # fmt: skip
def test_what_has_no_plan_has_no_report(name, result, why):
    with pytest.raises(AnsibleFilterError) as caught:
        REPORTS[name](result)
    assert why in str(caught.value)


@pytest.mark.parametrize("name", ["html", "markdown"])
def test_a_result_of_which_parts_are_missing_is_told_as_far_as_it_goes(name):
    assert "Nothing to do" in REPORTS[name]({"plan": {"cluster": "lab"}})
