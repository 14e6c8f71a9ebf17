# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Pressure as a load: the highest measured value by its limit."""

from types import MappingProxyType

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.loads import load_of
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy, PressureLimits
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.histories import Past, with_past

LIMITS = MappingProxyType({"io": PressureLimits(full=5.0, some=20.0, spike=60.0)})


def problem_of(history, guests=(), limits=LIMITS):
    cluster = with_past(a_cluster({"a": "8c/100G", "b": "8c/100G"}, guests), Past({"a": history}, {}, pressure=True))
    return make_problem(cluster, Policy(method="psi", pressure_limits=limits))


@pytest.mark.parametrize(
    ("full", "some", "spike", "expected"), [(3, 12, 48, 0.8), (6, 12, 20, 1.2)], ids=["not hot", "hot through full"]
)
def test_the_highest_by_its_limit_counts(full, some, spike, expected):
    """Example 2.8 of drs-model."""
    peaks = [f"59x {some}%", f"1x {spike}%"]
    problem = problem_of({"io_full": [f"60x {full}%"], "io_some": [f"60x {some}%"], "io_some peak": peaks})
    assert load_of(problem, problem.placement(), "a") == pytest.approx(expected)


def test_without_limits_nothing_is_hot():
    problem = problem_of({"io_some": ["60x 99%"]}, limits={})
    assert load_of(problem, problem.placement(), "a") == 0.0


def test_memory_is_judged_by_what_the_node_uses():
    guest = a_guest(101, "a", "1c/30G")
    problem = problem_of({"memory_some": ["60x 8%"]}, [guest, "102 a 1c/30G"], {"memory": PressureLimits(some=5.0)})
    placement = problem.placement()
    assert load_of(problem, placement, "a") == pytest.approx(1.6)
    assert load_of(problem, placement, "a", leaving=guest) == pytest.approx(1.6 / 16)
    assert load_of(problem, placement, "b", arriving=guest) == 0.0


@pytest.mark.parametrize(
    ("facts", "is_guess"),
    [
        ({"pressure": {}, "local_volumes": ()}, False),
        ({"pressure": None, "local_volumes": ()}, True),
        ({"pressure": {}, "local_volumes": None}, True),
        ({"pressure": {}, "local_volumes": (), "is_estimated": True}, True),
    ],
    ids=["all is known", "no pressure", "no volumes", "no figures"],
)
def test_whose_share_is_a_guess(facts, is_guess):
    assert problem_of({}, [a_guest(101, **facts)]).gauge.is_guess(101) is is_guess
