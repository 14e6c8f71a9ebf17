# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Windows and blackouts by the clock on the wall, also where that is put forward or back."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.hours import (
    OUTSIDE,
    hours_report,
    next_change,
    pause_at,
    told,
    why_closed,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.hours import DAYS, EVERY_DAY, Hours, Span
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy

BERLIN = ZoneInfo("Europe/Berlin")
WORKDAYS = frozenset(range(5))
NIGHT = Span(days=WORKDAYS, begin=22 * 60, end=30 * 60)
WEEKEND = Span(days=frozenset({5, 6}))
BUSINESS = Span(name="business hours", days=WORKDAYS, begin=8 * 60, end=18 * 60)


def at(text, zone=BERLIN, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


def in_utc(moment):
    return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


def windows(*spans, **facts):
    return Hours(windows=spans, zone=facts.pop("zone", BERLIN), **facts)


# 2026-03-30 is a Monday
@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-30 21:59:59", False),
        ("2026-03-30 22:00", True),
        ("2026-03-31 00:00", True),
        ("2026-03-31 05:59:59", True),
        ("2026-03-31 06:00", False),
        ("2026-04-04 05:00", True),
        ("2026-04-04 06:00", False),
        ("2026-04-04 23:00", False),
        ("2026-03-30 05:00", False),
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins(moment, is_open):
    assert (why_closed(windows(NIGHT), at(moment)) is None) is is_open


def test_any_window_will_do_and_any_blackout_forbids():
    both = windows(NIGHT, WEEKEND, blackouts=(Span(name="backup", begin=60, end=180),))
    assert why_closed(both, at("2026-04-04 12:00")) is None
    assert why_closed(both, at("2026-04-04 02:00")) == "blackout backup (daily 01:00-03:00)"
    assert why_closed(both, at("2026-03-30 12:00")) == "outside of window mon-fri 22:00-06:00, sat,sun"
    assert why_closed(Hours(), at("2026-03-30 12:00")) is None


def test_a_freeze_has_a_first_and_a_last_day():
    freeze = Hours(blackouts=(Span(first=date(2026, 12, 20), last=date(2027, 1, 6)),), zone=BERLIN)
    assert why_closed(freeze, at("2026-12-19 23:59")) is None
    assert why_closed(freeze, at("2026-12-20 00:00")) == "blackout daily from 2026-12-20 until 2027-01-06"
    assert why_closed(freeze, at("2027-01-06 23:59")) is not None
    assert why_closed(freeze, at("2027-01-07 00:00")) is None
    assert next_change(freeze, at("2026-01-01 00:00")) == at("2026-12-20 00:00")
    assert next_change(freeze, at("2026-12-20 00:00")) == at("2027-01-07 00:00")
    assert next_change(freeze, at("2027-01-07 00:00")) is None


def test_when_it_changes_next():
    hours = windows(NIGHT, blackouts=(BUSINESS,))
    assert next_change(hours, at("2026-03-30 12:00")) == at("2026-03-30 22:00")
    assert next_change(hours, at("2026-03-30 22:00")) == at("2026-03-31 06:00")
    assert next_change(hours, at("2026-04-04 07:00")) == at("2026-04-06 22:00"), "not before Monday"
    assert next_change(windows(Span()), at("2026-03-30 12:00")) is None, "days join without a gap"


def test_an_hour_that_is_left_out_in_spring():
    """On 2026-03-29 the clock goes from 01:59:59 CET to 03:00 CEST, which is 01:00 UTC."""
    late = windows(Span(begin=2 * 60 + 30, end=5 * 60))
    assert why_closed(late, at("2026-03-29 01:59:59")) is not None
    assert in_utc(next_change(late, at("2026-03-29 00:00"))) == "2026-03-29 01:00:00", "it begins when the hour is over"
    assert in_utc(next_change(late, at("2026-03-29 03:30"))) == "2026-03-29 03:00:00"
    inside = windows(Span(begin=2 * 60, end=3 * 60))
    assert next_change(inside, at("2026-03-29 00:00")) == at("2026-03-30 02:00"), "there is no such hour on that day"
    around = windows(Span(begin=60, end=4 * 60))
    assert in_utc(next_change(around, at("2026-03-29 01:00"))) == "2026-03-29 02:00:00", "an hour shorter"


def test_an_hour_that_comes_twice_in_autumn():
    """On 2026-10-25 the clock goes from 02:59:59 CEST back to 02:00 CET, which is 01:00 UTC."""
    twice = windows(Span(begin=2 * 60, end=3 * 60))
    assert in_utc(next_change(twice, at("2026-10-25 01:00"))) == "2026-10-25 00:00:00"
    assert in_utc(next_change(twice, at("2026-10-25 02:10"))) == "2026-10-25 02:00:00", "open both times"
    half = windows(Span(begin=60, end=2 * 60 + 30))
    moments, now = [], at("2026-10-25 00:00")
    for _unused in range(4):
        now = next_change(half, now)
        moments.append(in_utc(now)[11:])
    assert moments == ["23:00:00", "00:30:00", "01:00:00", "01:30:00"], "by what the clock shows, and twice so"


def test_a_zone_that_is_half_an_hour_off():
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    hours = windows(Span(begin=2 * 60 + 15, end=4 * 60), zone=lord_howe)
    before = at("2026-10-04 01:00", lord_howe)
    assert in_utc(next_change(hours, before)) == "2026-10-03 15:30:00", "02:00 is followed by 02:30 there"


def test_what_is_said():
    policy = Policy(hours=windows(NIGHT, blackouts=(BUSINESS,)))
    pause = pause_at(policy, at("2026-03-30 12:00"))
    assert (pause.categories, pause.until) == (frozenset({"mandatory"}), at("2026-03-30 22:00"))
    assert str(pause) == (
        "only what has to be mended is moved until Mon 2026-03-30 22:00 CEST: "
        "blackout business hours (mon-fri 08:00-18:00)"
    )
    assert pause_at(policy, at("2026-03-30 23:00")) is None
    over = Policy(hours=windows(Span(last=date(2026, 1, 1))), outside_windows=frozenset())
    assert str(pause_at(over, at("2026-03-30 12:00"))) == (
        "nothing is moved from now on, as no window opens any more: outside of window daily until 2026-01-01"
    )
    assert told(at("2026-10-25 02:30", fold=1), BERLIN) == "Sun 2026-10-25 02:30 CET"


def test_what_is_returned():
    policy, cluster = Policy(hours=windows(NIGHT)), Cluster(seen_at=at("2026-03-30 12:00"))
    assert hours_report(policy, cluster) == {
        "is_open": False,
        "reason": "outside of window mon-fri 22:00-06:00",
        "until": "2026-03-30T22:00:00+02:00",
        "moves": ["mandatory"],
    }
    at_night = hours_report(policy, Cluster(seen_at=at("2026-03-30 23:00")))
    assert (at_night["is_open"], at_night["until"]) == (True, "2026-03-31T06:00:00+02:00")
    assert at_night["moves"] == ["contention", "improvement", "mandatory"]
    assert hours_report(Policy(hours=windows(Span())), cluster)["until"] is None
    assert hours_report(Policy(), cluster) is None


def test_words_for_what_is_moved_all_the_same():
    assert [(word, sorted(categories)) for word, (categories, _said) in OUTSIDE.items()] == [
        ("nothing", []),
        ("mandatory", ["mandatory"]),
        ("contention", ["contention", "mandatory"]),
    ]


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ({0, 1, 2, 3, 4}, "mon-fri"),
        ({5, 6}, "sat,sun"),
        ({0, 2, 4, 5, 6}, "mon,wed,fri-sun"),
        (EVERY_DAY, "daily"),
        ({3}, "thu"),
    ],
)
def test_days_in_words(days, text):
    assert str(Span(days=frozenset(days))) == text
    assert len(DAYS) == len(EVERY_DAY)


spans = st.builds(
    lambda days, begin, length: Span(days=days, begin=begin, end=begin + length),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 95).map(lambda quarter: 15 * quarter),
    st.integers(1, 96).map(lambda quarter: 15 * quarter),
)
zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo"])
changes = st.sampled_from(["2026-03-27", "2026-10-23", "2026-04-03", "2026-10-02", "2026-06-01", "2026-11-01"])


@settings(max_examples=40)
@given(st.lists(spans, max_size=2), st.lists(spans, max_size=2), zones, changes, st.integers(0, 7 * 24))
def test_nothing_changes_before_the_next_change(opening, closing, zone, day, hour):
    hours = Hours(windows=tuple(opening), blackouts=tuple(closing), zone=ZoneInfo(zone))
    now = (datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=hour)).timestamp()
    change, state = next_change(hours, now), why_closed(hours, now) is None
    until = now + 8 * 86_400 if change is None else change
    looks = range(int(now), int(until), 900)
    assert all((why_closed(hours, look) is None) is state for look in looks)
    if change is not None:
        assert (why_closed(hours, change) is None) is not state
        assert (why_closed(hours, change - 1) is None) is state
