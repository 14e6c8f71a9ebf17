# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Recorded rows become series: what is missing stays missing."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.pve.history import (
    guest_past,
    joined,
    newest,
    node_past,
    pressures_of,
)

GIB = 2.0**30
ROW = {"time": 60, "cpu": 0.5, "maxcpu": 8.0, "memused": 2 * GIB, "pressurecpusome": 3.5}


def test_a_node_in_cores_and_bytes():
    past = node_past([ROW])
    assert past.cpu.samples == ((60.0, 4.0),)
    assert past.memory.samples == ((60.0, 2 * GIB),)
    assert {name: series.samples for name, series in past.pressure.items()} == {"cpu_some": ((60.0, 3.5),)}


ODD = {
    "absent": {"time": 60},
    "null": {"time": 60, "cpu": None, "maxcpu": 8, "memused": None},
    "not a number": {"time": 60, "cpu": "NaN", "maxcpu": 8, "memused": "inf"},
    "negative": {"time": 60, "cpu": -0.5, "maxcpu": 8, "memused": -1},
    "a word": {"time": 60, "cpu": "U", "maxcpu": 8, "memused": "none"},
}


@pytest.mark.parametrize("row", ODD.values(), ids=ODD.keys())
def test_a_missing_sample_is_never_zero(row):
    past = node_past([row, ROW | {"time": 120}])
    assert past.cpu.samples == ((60.0, None), (120.0, 4.0))
    assert past.memory.samples == ((60.0, None), (120.0, 2 * GIB))


def test_texts_are_numbers_and_rows_without_a_moment_are_none():
    past = node_past([{"time": "120", "cpu": "0.25", "maxcpu": "4"}, {"cpu": 1, "maxcpu": 4}, ROW])
    assert past.cpu.samples == ((60.0, 4.0), (120.0, 1.0))


def test_pressure_that_was_recorded_once_has_gaps_elsewhere():
    past = node_past([ROW, {"time": 120}], [ROW | {"pressurecpusome": "9.00"}])
    assert past.pressure["cpu_some"].samples == ((60.0, 3.5), (120.0, None))
    assert past.pressure_peaks["cpu_some"].samples == ((60.0, 9.0),)


GUESTS = {
    "PVE 9 machine": ("qemu", {"mem": GIB, "memhost": 2 * GIB, "maxmem": 4 * GIB}, 2 * GIB),
    "PVE 9 machine without host figure": ("qemu", {"mem": GIB, "memhost": 0, "maxmem": 4 * GIB}, None),
    "PVE 8 machine": ("qemu", {"mem": GIB, "maxmem": 4 * GIB}, GIB + 128 * 2**20 + 0.04 * GIB),
    "container": ("lxc", {"mem": GIB, "memhost": 0.0, "maxmem": 4 * GIB}, GIB),
    "stopped": ("qemu", {"maxmem": 4 * GIB}, None),
}


@pytest.mark.parametrize(("kind", "row", "memory"), GUESTS.values(), ids=GUESTS.keys())
def test_what_a_guest_held_on_its_host(kind, row, memory):
    ((_time, value),) = guest_past(kind, [{"time": 60, **row}]).memory.samples
    assert value == (None if memory is None else pytest.approx(memory))


def test_a_container_a_hair_below_nothing_was_idle():
    assert guest_past("lxc", [{"time": 60, "cpu": -5.7e-05, "maxcpu": 1}]).cpu.samples == ((60.0, 0.0),)


def test_a_long_past_ends_where_the_fine_one_begins():
    older = [{"time": time, "cpu": 1} for time in (1800, 3600, 5400)]
    recent = [{"time": time, "cpu": 2} for time in (3600, 3660)]
    assert [(row["time"], row["cpu"]) for row in joined(older, recent)] == [(1800, 1), (3600, 2), (3660, 2)]
    assert joined(older, ()) == tuple(older)


def test_rows_of_three_hours_stand_for_each_of_them():
    older = [{"time": 10800, "cpu": 1}, {"time": 21600, "cpu": 2}]
    assert sorted((row["time"], row["cpu"]) for row in joined(older, ())) == [
        (10800, 1),
        (14400, 2),
        (18000, 2),
        (21600, 2),
    ]


def test_the_newest_value_that_is_known():
    assert newest([{"arcsize": 1}, {"arcsize": 2}, {"time": 3}], "arcsize") == 2
    assert newest([], "arcsize") is None


def test_present_pressure_of_containers_is_text():
    assert pressures_of({"pressurecpusome": "1.50", "pressureiofull": 0, "pressurememorysome": None}) == {
        "cpu_some": 1.5,
        "io_full": 0.0,
    }
