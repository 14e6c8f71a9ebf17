# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a cluster used over the last minute, from samples of it."""

from math import exp

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.averages import averages, sample_of, sampled_history
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.sample import Sample
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster

LESS, MORE = Resources(1.0, 10 * GIB), Resources(3.0, 10 * GIB)


def test_a_sample_holds_what_is_measured_and_no_guess():
    nodes = {"a": "8c/100G", "b": {"status": "offline"}}
    stopped = {"vmid": 102, "node": "a", "status": "stopped"}
    guessed = {"vmid": 103, "node": "a", "demand": "1c/5G", "is_estimated": True}
    sample = sample_of(a_cluster(nodes, ["101 a 1c/10G", stopped, guessed]), 60.0)
    assert sample.time == 60.0
    assert sample.nodes == {"a": Resources(2.0, 15 * GIB)}
    assert sample.guests == {101: Resources(1.0, 10 * GIB)}


def test_a_history_is_of_what_is_there_in_the_end():
    samples = [
        Sample(time=0.0, nodes={"a": LESS, "gone": LESS}, guests={101: LESS}),
        Sample(time=30.0, nodes={"a": MORE}, guests={101: MORE, 102: LESS}),
    ]
    history = sampled_history(samples)
    assert history.now == 30.0
    assert history.nodes.keys() == {"a"}
    assert history.guests[101].cpu.samples == ((0.0, 1.0), (30.0, 3.0))
    assert history.guests[102].memory.samples == ((0.0, None), (30.0, 10 * GIB))


def test_averages_go_on_from_those_of_the_run_before():
    samples = [Sample(time=time, nodes={"a": use}) for time, use in ((0.0, LESS), (30.0, MORE), (45.0, LESS))]
    middle = averages(sampled_history(samples[:2]))
    assert middle.nodes["a"].cpu == pytest.approx(1.0 + 2.0 * (1.0 - exp(-1.0)))
    carried_on = averages(sampled_history([middle, samples[2]]))
    assert carried_on.nodes["a"].cpu == pytest.approx(averages(sampled_history(samples)).nodes["a"].cpu)


def test_without_figures_there_is_no_average():
    cpu_alone = ObjectHistory(cpu=Series(((0.0, 1.0),)))
    assert averages(History(now=0.0, nodes={"a": cpu_alone})).nodes == {}
