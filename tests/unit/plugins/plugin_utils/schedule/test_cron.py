# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Cron expressions as calendar events: a table, and systemd's own word for it where there is a systemd."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ansible_collections.pve.drs.plugins.plugin_utils.schedule.cron import ScheduleError, calendar_events

EVENTS = {
    "*/5 * * * *": ["*-*-* *:00,05,10,15,20,25,30,35,40,45,50,55:00"],
    "0 3 * * 1-5": ["Mon,Tue,Wed,Thu,Fri *-*-* 03:00:00"],
    "15 2 1 * *": ["*-*-01 02:15:00"],
    "30/15 8 * * fri-sun": ["Sun,Fri,Sat *-*-* 08:30,45:00"],
    "0 0 13 * 5": ["*-*-13 00:00:00", "Fri *-*-* 00:00:00"],
    "0 0 */2 * mon": ["Mon *-*-01,03,05,07,09,11,13,15,17,19,21,23,25,27,29,31 00:00:00"],
    "0 0 * 2-4,dec 7": ["Sun *-02,03,04,12-* 00:00:00"],
    "@daily": ["*-*-* 00:00:00"],
    " *:0/5 ": ["*:0/5"],
    "Mon..Fri *-*-* 22:00": ["Mon..Fri *-*-* 22:00"],
    "daily": ["daily"],
}
WRONG = {
    "61 * * * *": "'61' is no minute: it goes from 0 to 59",
    "* 24 * * *": "'24' is no hour: it goes from 0 to 23",
    "* * 0 * *": "'0' is no day of month: it goes from 1 to 31",
    "* * * foo *": "'foo' is no month: it goes from 1 to 12",
    "* * * * 8": "'8' is no day of week: it goes from 0 to 7",
    "5-1 * * * *": "5 is after 1",
    "*/0 * * * *": "its step is 0",
    "1- * * * *": "'1-' is no minute of a cron expression",
    "": "the schedule is empty",
}


@pytest.mark.parametrize("schedule", EVENTS)
def test_a_schedule_becomes_calendar_events(schedule: str) -> None:
    assert calendar_events(schedule) == EVENTS[schedule]


@pytest.mark.parametrize("schedule", WRONG)
def test_what_is_no_schedule_is_named(schedule: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        calendar_events(schedule)
    assert WRONG[schedule] in str(caught.value)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze on this machine")
@pytest.mark.parametrize("schedule", EVENTS)
def test_systemd_takes_each_event(schedule: str) -> None:
    for event in calendar_events(schedule):
        judged = subprocess.run(["systemd-analyze", "calendar", event], capture_output=True, text=True, check=False)
        assert judged.returncode == 0, judged.stderr
