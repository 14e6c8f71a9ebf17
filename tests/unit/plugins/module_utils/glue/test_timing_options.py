# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options windows, blackouts, time_zone and outside_windows -> fields of the policy."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest
import yaml

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.hours import EVERY_DAY, Hours, Span
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.timing_options import timing

PLAIN = {name: option.get("default") for name, option in arguments.timing().items()}


def hours(**given):
    return timing(PLAIN | given)["hours"]


def window(text):
    [span] = hours(windows=[yaml.safe_load(text)]).windows
    return span


def test_without_any_guests_move_at_any_time():
    assert timing(PLAIN) == {"hours": Hours(), "outside_windows": frozenset({"mandatory"}), "backup_scope": "node"}
    assert timing({}) == {}, "a module without these options"


def test_as_an_operator_writes_them():
    given = yaml.safe_load(
        """
        windows:
          - {days: mon-fri, from: "22:00", to: "06:00"}
          - {days: [sat, sun]}
        blackouts:
          - {name: backup, from: "01:00", to: "03:00"}
          - {name: end of the year, first_day: 2026-12-20, last_day: 2027-01-06}
        time_zone: Europe/Berlin
        outside_windows: nothing
        backup_scope: cluster
        """
    )
    assert timing(PLAIN | given) == {
        "hours": Hours(
            windows=(
                Span(days=frozenset(range(5)), begin=22 * 60, end=30 * 60),
                Span(days=frozenset({5, 6})),
            ),
            blackouts=(
                Span(name="backup", begin=60, end=180),
                Span(name="end of the year", first=date(2026, 12, 20), last=date(2027, 1, 6)),
            ),
            zone=ZoneInfo("Europe/Berlin"),
        ),
        "outside_windows": frozenset(),
        "backup_scope": "cluster",
    }
    assert hours(time_zone="UTC").zone is UTC


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ('{from: "8:05", to: "18:00"}', 485, 1080),
        ("{from: 22:00, to: 6:00}", 1320, 1800),
        ('{from: "1320"}', 1320, 1440),
        ('{from: "22:00", to: "00:00"}', 1320, 1440),
        ('{from: "22:00", to: "24:00"}', 1320, 1440),
        ('{to: "06:00"}', 0, 360),
        ("{name: 7}", 0, 1440),
    ],
)
def test_times_of_the_day(text, begin, end):
    span = window(text)
    assert (span.begin, span.end) == (begin, end)


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ("daily", EVERY_DAY),
        ("mon", {0}),
        ("Fri-Mon", {4, 5, 6, 0}),
        ("sat, sun", {5, 6}),
        (["mon-tue", "thu"], {0, 1, 3}),
        ("sun-sun", {6}),
    ],
)
def test_days(days, found):
    [span] = hours(blackouts=[{"days": days}]).blackouts
    assert span.days == found


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        (
            {"day": "mon"},
            "windows: entry 1: day is not known here; known are name, days, from, to, first_day, last_day",
        ),
        (
            {"name": "night", "from": 22},
            'windows: night: from is 22, but must be a time of the day such as "22:00", in',
        ),
        ({"from": "25:00"}, "from is '25:00', but must be"),
        ({"from": "24:30"}, "from is '24:30', but must be"),
        ({"to": "12:60"}, "to is '12:60', but must be"),
        ({"to": "10pm"}, "to is '10pm', but must be"),
        ({"to": 1500}, "to is 1500, but must be"),
        ({"to": True}, "to is True, but must be"),
        ({"to": 6.5}, "to is 6.5, but must be"),
        ({"to": "²³4"}, "to is '²³4', but must be"),
        ({"from": "08:00", "to": "08:00"}, "from and to are the same time of the day; leave out both for whole days"),
        ({"from": "24:00"}, "from and to are the same"),
        ({"days": "mon-foo"}, "days: foo is no day; known are mon, tue, wed, thu, fri, sat, sun, daily, and mon-fri"),
        ({"days": "monday"}, "days: monday is no day"),
        ({"days": "mon-"}, "days: mon- is no day"),
        ({"days": []}, r"days is \[\], but must be daily, or days such as mon-fri or \[sat, sun\]"),
        ({"days": " "}, "days is ' ', but must be"),
        ({"days": 5}, "days is 5, but must be"),
        ({"days": [None]}, "days: none is no day"),
        ({"first_day": "soon"}, "first_day is soon, but must be a date such as 2026-12-24"),
        ({"last_day": "9999-12-31"}, "last_day is 9999-12-31, but must be a date"),
        (
            {"first_day": "2026-12-24", "last_day": "2026-12-20"},
            "last_day 2026-12-20 comes before first_day 2026-12-24",
        ),
        ({"name": ["a"]}, r"name is \['a'\], but must be a text"),
    ],
)
def test_what_makes_no_sense(entry, complaint):
    with pytest.raises(BadPolicy, match=complaint):
        hours(windows=[entry])


@pytest.mark.parametrize("zone", ["Europe/Berln", "Europe", "../UTC", "", "/etc/localtime", "CEST+1"])
def test_a_zone_that_nobody_knows(zone):
    with pytest.raises(
        BadPolicy, match=r"^time_zone: .* is not known on this machine; take a name such as Europe/Berlin"
    ):
        hours(time_zone=zone)
