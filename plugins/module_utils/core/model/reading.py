# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a method has read from one cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Amount and capacity by node, and what each active guest adds to the amount of the node it is on.

    All in one unit of the method's choice. `guessed` are guests whose amount is a guess; they are not
    moved to even out the load (drs-model 2.9).
    """

    nodes: Mapping[str, float]
    capacity: Mapping[str, float]
    guests: Mapping[int, float]
    guessed: frozenset[int] = field(default=frozenset())
