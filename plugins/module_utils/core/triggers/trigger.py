# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What makes uneven loads a reason to act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.score import ClusterScore


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What triggers look at: loads by node (fractions), and `what` they are of.

    When asked, the score of the guests, by how many guests nodes exceed their share, loads by what guests are configured with,
    and what guests lack of what their pools entitle them to (fractions, by vmid).
    """

    loads: Mapping[str, float]
    policy: Policy
    what: str
    score: Callable[[], ClusterScore]
    surplus: Callable[[], Mapping[str, int]]
    configured: Callable[[], Mapping[str, float]]
    gaps: Callable[[], Mapping[int, float]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Whether a trigger fires, and the figures behind the answer."""

    fires: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTrigger:
    """`read` looks once, and always gives the figures: also of a trigger that leaves things as they are.

    One that is not about load is for planners of its own, and no reason to even out the load.
    """

    name: str
    describes: str
    read: Callable[[Sight], Reading]
    is_about_load: bool = True
