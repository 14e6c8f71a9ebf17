# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a guest would use if it did not have to wait."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.cpu_demand import (
    cpu_demand,
    cpu_demands,
    lost_share,
    unhindered,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import GuestConfig
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest


@pytest.mark.parametrize(
    ("guest", "lost", "wanted"),
    [
        (("3.0c/1G", "4c/1G", 40, 5), 0.25, 4.0),
        (("1.0c/1G", "2c/1G", 10, 2), 0.075, 1.081081),
        (("1.5c/1G", "8c/1G", 30, 0), 0.16875, 1.804511),
    ],
    ids=["all that it has", "a little more", "many vCPUs"],
)
def test_waiting_hides_demand(guest, lost, wanted):
    """Example 2.5 of drs-model."""
    demand, size, some, full = guest
    waiting = a_guest(demand=demand, size=size, pressure={"cpu_some": some, "cpu_full": full})
    assert lost_share(some / 100, full / 100, waiting.size.cpu) == pytest.approx(lost)
    assert cpu_demand(waiting, 1.0) == pytest.approx(wanted, abs=5e-7)


def test_no_more_than_nine_tenths_are_lost():
    assert lost_share(1.0, 1.0, 1) == 0.9


def test_what_was_measured_is_never_cut():
    assert unhindered(4.3, 4.0, 0.2) == 4.3


@pytest.mark.parametrize("facts", [{}, {"pressure": {}}, {"pressure": {"io_some": 50.0}}, {"size": "0c/1G"}], ids=str)
def test_without_figures_it_is_what_the_guest_uses(facts):
    assert cpu_demand(a_guest(demand="3c/1G", **({"pressure": None} | facts)), 1.0) == 3.0


def test_a_guest_without_size_is_not_judged():
    assert cpu_demand(a_guest(demand="3c/1G", size="0c/1G", pressure={"cpu_some": 50.0}), 1.0) == 3.0


@pytest.mark.parametrize(("limit", "wanted"), [(None, 4.0), (6.0, 4.0), (3.5, 3.5), (2.0, 3.0)])
def test_nobody_waits_for_more_than_cpulimit_allows(limit, wanted):
    """Without a limit example 2.5 of drs-model; what was measured counts even above the limit."""
    pressure = {"cpu_some": 40.0, "cpu_full": 5.0}
    waiting = a_guest(demand="3c/1G", size="4c/1G", pressure=pressure, config=GuestConfig(cpulimit=limit))
    assert cpu_demand(waiting, 1.0) == pytest.approx(wanted)


def test_all_that_a_guest_may_have_is_more_on_a_faster_node():
    """Three cores of four, each as good as two, and half of the time in vain: no more than all eight."""
    waiting = a_guest(demand="6c/1G", size="4c/1G", pressure={"cpu_some": 50.0, "cpu_full": 50.0})
    assert cpu_demand(waiting, 2.0) == 8.0


def test_who_does_not_run_wants_nothing():
    waiting = {"cpu_some": 40.0, "cpu_full": 5.0}
    guests = [a_guest(number, "a", "3c/1G", size="4c/1G", pressure=waiting) for number in (101, 102)]
    guests.append(a_guest(103, "gone", "1c/1G", status="unknown"))
    guests.append(a_guest(104, "gone", "1c/1G"))
    assert cpu_demands(a_cluster({"a": "8c/64G"}, guests)) == {101: 4.0, 102: 4.0, 103: 0.0, 104: 1.0}
