# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the variation of Proxmox's own balancer sees in large clusters, and what the gap sees."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.metrics.delta import gap
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation

PROXMOX_THRESHOLD = 0.3
SIZES = (3, 5, 8, 16, 32, 48)
ONE_HOT = dict(zip(SIZES, (0.419, 0.302, 0.213, 0.119, 0.063, 0.043), strict=True))
ONE_EMPTY = dict(zip(SIZES, (0.500, 0.250, 0.143, 0.067, 0.032, 0.021), strict=True))
HALF_AND_HALF = dict(zip(SIZES, (0.538, 0.357, 0.241, 0.164, 0.114, 0.093), strict=True))
PATTERNS = {
    "one node hot": (lambda size: [0.95] + [0.3] * (size - 1), ONE_HOT, 0.65),
    "one node empty": (lambda size: [0.0] + [0.9] * (size - 1), ONE_EMPTY, 0.9),
    "half of them full": (lambda size: [0.9] * (size // 2) + [0.2] * (size - size // 2), HALF_AND_HALF, 0.7),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("loads", "expected", "points"), PATTERNS.values(), ids=PATTERNS)
def test_the_gap_sees_in_every_size_what_the_variation_loses(loads, expected, points, size):
    found = variation(loads(size))
    assert found == pytest.approx(expected[size], abs=0.0006)
    assert gap(loads(size)) == pytest.approx(points)
    assert size < 8 or found < PROXMOX_THRESHOLD
