# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a balancing method is: a named way to say how loaded a node is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import NOTHING_MORE, Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


class Gauge(Protocol):
    """A method applied to one cluster; `readings` are the sums that placements keep for it."""

    @property
    def readings(self) -> Mapping[str, Reading]: ...

    def load(self, placement: Placement, node: str, leaving: Sequence[int] = (), arriving: Sequence[int] = ()) -> float:
        """Load of a node (1.0 = full), also with some guests less or more."""

    def measures(self, node: str) -> bool:
        """False where a node has nothing of what the method is about, such as local storage; it is not compared."""

    def is_guess(self, vmid: int) -> bool:
        """True where the guest's own share of the load is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """`gauge` raises NoMeasurement where a node lacks what the method needs (drs-model 2.9).

    `needs` is what has to be collected for it, `guest_needs` what only the shares of guests need: that is asked of
    nodes that would lose some. `estimator` is the one that belongs to its definition, if any.
    A method that does not even out has limits of its own, and takes no notice of `balanciness`.
    """

    name: str
    describes: str
    gauge: Callable[[Given], Gauge]
    needs: Needs = NOTHING_MORE
    guest_needs: Needs = NOTHING_MORE
    estimator: str | None = None
    evens_out: bool = True
