# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How likely a node is to be short of cpu."""

from __future__ import annotations

from math import erfc, exp, pi, sqrt

ROOT_2 = sqrt(2.0)
ROOT_2_PI = sqrt(2.0 * pi)
LEAST_VARIANCE = 1e-6
LEAST_SKEW, MOST_SKEW = 0.02, 2.5
# A node that is short anyway is the worse the more it lacks: so much for each standard deviation.
LACK = 0.3
FAR = 3.0
NEVER = 12.0


def shortage(room: float, variance: float, third: float) -> float:
    """The probability that a demand exceeds its mean by more than `room`, and beyond FAR from it what will lack.

    Demands are bounded below and burst upwards: they are taken for gamma distributed, with the given variance and third
    moment, by the cube-root approximation of Wilson and Hilferty (1931).
    """
    deviation = sqrt(max(variance, LEAST_VARIANCE))
    distance = room / deviation
    if distance > NEVER:
        return 0.0
    skew = min(max(third / deviation**3, LEAST_SKEW), MOST_SKEW)
    part = skew * skew / 36.0  # 1 / (9 k) of a gamma distribution with shape k
    base = 1.0 + distance * skew / 2.0
    root = base ** (1.0 / 3.0) if base > 0.0 else 0.0
    likely = 0.5 * erfc((root - 1.0 + part) / (sqrt(part) * ROOT_2))
    return likely + LACK * _lack(distance) if distance < FAR else likely


def _lack(distance: float) -> float:
    """The mean of what exceeds `distance` in a standard normal distribution."""
    return exp(-distance * distance / 2.0) / ROOT_2_PI - distance * 0.5 * erfc(distance / ROOT_2)
