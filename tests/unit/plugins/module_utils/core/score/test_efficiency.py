# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The three parts of a score against the figures of the specification."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.score import bucket_of
from ansible_collections.pve.drs.plugins.module_utils.core.score.efficiency import (
    MemoryStrain,
    cpu_efficiency,
    memory_efficiency,
    network_efficiency,
    ready,
)

# drs-model 4.4: demand of all guests by cores, share of the time in which a guest waits, cpu efficiency
CPU = (
    (0.5, 0.0, 1.0), (0.7, 0.0, 1.0), (0.8, 0.033333, 0.966667), (0.85, 0.075, 0.925),
    (0.9, 0.133333, 0.866667), (1.0, 0.3, 0.7), (1.2, 0.3, 0.583333),
)  # fmt: skip


@pytest.mark.parametrize(("demand", "waiting", "efficiency"), CPU)
def test_cpu(demand, waiting, efficiency):
    assert ready(demand) == pytest.approx(waiting, abs=1e-6)
    granted = min(1.0, 1.0 / demand)
    assert cpu_efficiency(granted, demand, spans_sockets=False) == pytest.approx(efficiency, abs=1e-6)


def test_a_guest_that_spans_sockets_loses_a_little():
    assert cpu_efficiency(1.0, 0.5, spans_sockets=True) == pytest.approx(0.95)


def test_memory():
    """[Ex 4.3]."""
    assert memory_efficiency(1.0, MemoryStrain()) == 1.0
    strained = MemoryStrain(deflated=0.25, swapped=0.05, stalled=0.02, shortfall=0.5)
    assert memory_efficiency(1.0, strained) == pytest.approx(0.733163, abs=1e-6)
    worse = MemoryStrain(deflated=0.25, swapped=0.10, stalled=0.04, shortfall=1.0)
    assert memory_efficiency(6 / 8, worse) == pytest.approx(0.453600, abs=1e-6)


@pytest.mark.parametrize(
    ("load", "efficiency"), [(None, 1.0), (0.8, 1.0), (0.9, 0.75), (1.0, 0.5), (1.6, 0.3125), (9.0, 0.25)]
)
def test_network(load, efficiency):
    assert network_efficiency(load) == pytest.approx(efficiency)


def test_no_part_is_ever_nothing():
    assert cpu_efficiency(0.0, 2.0, spans_sockets=True) == 0.01
    assert memory_efficiency(0.0, MemoryStrain()) == 0.01


@pytest.mark.parametrize(
    ("score", "bucket"),
    [(0.0, 0), (0.1999, 0), (0.2, 1), (0.427678, 2), (0.69375, 3), (0.8, 4), (0.8 - 1e-12, 4), (1.0, 4)],
)
def test_buckets(score, bucket):
    """[Ex 4.4]: 0.693750 lies in 60 to 80, 0.427678 in 40 to 60."""
    assert bucket_of(score) == bucket
