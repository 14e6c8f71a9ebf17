# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""A stream of events as lines for people, followed while it is written."""

import json
import stat
import threading
import time

import pytest

from ansible_collections.pve.drs.plugins.plugin_utils.progress.follower import Follower
from ansible_collections.pve.drs.plugins.plugin_utils.progress.lines import Narrator
from ansible_collections.pve.drs.plugins.plugin_utils.progress.streams import Streams

PATIENCE_SECONDS = 10.0
NUMBERS = {"step": 1, "steps": 2, "done": 0, "total": 40, "left_seconds": 200.0}
MOVE = {"vmid": 101, "name": "web", "source": "pve1", "target": "pve2"}


def event(kind, *, at=0.0, **more):
    return {"event": kind, "time": at} | NUMBERS | more


def started(vmid=101, **more):
    return event("started", **MOVE | {"vmid": vmid}, **more)


def ended(kind="done", **more):
    return event(kind, **MOVE | {"node": "pve2", "seconds": 45.0, "reason": "moved to pve2", "done": 1} | more)


@pytest.mark.parametrize(("given", "text", "tone"), [
    (event("begins", cluster="demo"), "cluster demo: 40 moves in 2 steps, about 3 min 20 s left", "plain"),
    (started(), "[....................]  0/40 started  101 (web) pve1 -> pve2, step 1 of 2, about 3 min 20 s left", "plain"),
    (ended(done=10, left_seconds=5.0), "[#####...............] 10/40 done     101 (web) pve1 -> pve2 after 45 s, about 5 s left", "good"),
    (ended("failed", reason="aborted"), "[....................]  1/40 failed   101 (web) pve1 -> pve2: aborted, about 3 min 20 s left", "bad"),
    (ended("skipped", reason="locked"), "[....................]  1/40 skipped  101 (web) pve1 -> pve2: locked, about 3 min 20 s left", "odd"),
    (ended("done", name="", done=40, left_seconds=0.0), "[####################] 40/40 done     101 pve1 -> pve2 after 45 s", "good"),
    (event("finished", done=40, counts={"done": 39, "failed": 1, "skipped": 0}, interrupted_by=None),
     "[####################] 40/40 finished 39 done, 1 failed", "plain"),
    (event("finished", done=40, counts={"done": 1}, interrupted_by="SIGTERM"),
     "[####################] 40/40 finished 1 done; ended early: SIGTERM", "plain"),
], ids=["begins", "started", "done", "failed", "skipped", "the last", "finished", "interrupted"])  # fmt: skip
def test_an_event_is_a_line(given, text, tone):
    [line] = Narrator("lab1").tell(given, 0.0)
    assert (line.text, line.tone) == (f"[lab1] {text}", tone)


@pytest.mark.parametrize("kind", ["step", "something of a later version"])
def test_other_events_are_no_line(kind):
    assert list(Narrator("lab1").tell(event(kind), 0.0)) == []


def test_a_terminal_obeys_nothing_that_a_name_contains():
    [line] = Narrator("lab1").tell(ended("failed", name="a\x1b[2Jb", reason="x\r\ny\u202e"), 0.0)
    assert "101 (a?[2Jb) pve1 -> pve2: x??y?" in line.text


def test_a_reminder_tells_what_is_under_way_and_for_how_long():
    narrator = Narrator("lab1")
    for vmid in range(101, 107):
        list(narrator.tell(started(vmid, at=100.0), 100.0))
    assert list(narrator.remind(129.0, 30.0)) == []
    [line] = narrator.remind(165.0, 30.0)
    assert line.text == (
        "[lab1] [....................]  0/40 moving   101 (web) for 1 min 5 s, 102 (web) for 1 min 5 s, "
        "103 (web) for 1 min 5 s, 104 (web) for 1 min 5 s and 2 more"
    )
    assert list(narrator.remind(170.0, 30.0)) == []


def test_there_is_no_reminder_when_nothing_is_under_way():
    narrator = Narrator("lab1")
    list(narrator.tell(started(), 0.0))
    list(narrator.tell(ended(), 10.0))
    assert list(narrator.remind(1000.0, 30.0)) == []


def test_a_half_written_line_is_read_once_it_is_whole(tmp_path):
    streams, file = Streams(tmp_path), tmp_path / "1.jsonl"
    assert list(streams.new_events()) == []
    file.write_text('{"event": "a"}\n{"eve', encoding="utf-8")
    assert list(streams.new_events()) == [{"event": "a"}]
    with file.open("a", encoding="utf-8") as stream:
        stream.write('nt": "b"}\n')
    assert list(streams.new_events()) == [{"event": "b"}]
    assert list(streams.new_events()) == []


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def shown():
    return []


@pytest.fixture
def follower(shown):
    complaints = []
    follower = Follower(lambda line: shown.append(line.text), complaints.append, 0.0)
    follower.complaints = complaints
    yield follower
    follower.close()


def write(folder, *events):
    with (folder / "1.jsonl").open("a", encoding="utf-8") as stream:
        stream.writelines(json.dumps(each) + "\n" for each in events)


def test_lines_are_shown_while_the_module_still_writes(follower, shown, tmp_path):
    folder = follower.begin("lab1", str(tmp_path))
    write(folder, started())
    wait_until(lambda: len(shown) == 1)
    write(folder, ended())
    wait_until(lambda: len(shown) == 2)


def test_at_the_end_nothing_is_left_untold_and_the_folder_is_gone(follower, shown, tmp_path):
    folder = follower.begin("lab1", str(tmp_path))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    write(folder, started(), ended())
    follower.end("lab1")
    assert (len(shown), list(tmp_path.iterdir())) == (2, [])
    follower.end("lab1")


def test_several_hosts_are_told_apart_and_one_thread_follows_them(follower, shown, tmp_path):
    before = threading.active_count()
    folders = {host: follower.begin(host, str(tmp_path)) for host in ("lab1", "lab2", "lab3")}
    for folder in folders.values():
        write(folder, started())
    wait_until(lambda: len(shown) == 3)
    assert {line.partition(" ")[0] for line in shown} == {"[lab1]", "[lab2]", "[lab3]"}
    assert threading.active_count() == before + 1
    follower.close()
    assert list(tmp_path.iterdir()) == []


def test_a_second_task_is_followed_like_the_first(follower, shown, tmp_path):
    for _unused in range(2):
        write(follower.begin("lab1", str(tmp_path)), started())
        wait_until(lambda: len(shown) >= 1)
        follower.end("lab1")
        shown.clear()


def test_what_cannot_be_read_is_complained_about_once_and_disturbs_no_other(follower, shown, tmp_path):
    broken, sound = (follower.begin(host, str(tmp_path)) for host in ("broken", "sound"))
    (broken / "1.jsonl").write_text("this is no event\n", encoding="utf-8")
    wait_until(lambda: follower.complaints)
    write(sound, started())
    wait_until(lambda: shown)
    follower.end("broken")
    assert follower.complaints[0].startswith("pve.drs.progress shows nothing more of broken: ")
    assert len(follower.complaints) == 1
    assert [folder.name for folder in tmp_path.iterdir()] == [sound.name]
