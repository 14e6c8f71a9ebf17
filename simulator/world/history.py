# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Where each guest ran and which node was up, over time: what round-robin databases are drawn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple


class Spell(NamedTuple):
    """From this moment on: a guest on a node, running or not."""

    since: float
    node: str
    running: bool


class Timeline:
    """Spells of all guests and up-times of all nodes."""

    def __init__(self, since: float) -> None:
        self.since = since
        self._spells: dict[int, list[Spell]] = defaultdict(list)
        self._ups: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        self._visitors: dict[str, set[int]] = defaultdict(set)

    def guest_is(self, vmid: int, moment: float, node: str, *, running: bool) -> None:
        """Note where a guest is from now on."""
        self._spells[vmid].append(Spell(moment, node, running))
        self._visitors[node].add(vmid)

    def node_is(self, name: str, moment: float, *, online: bool) -> None:
        """Note whether a node is heard from now on."""
        self._ups[name].append((moment, online))

    def spell(self, vmid: int, moment: float) -> Spell | None:
        """Where a guest was at a moment; None before its first."""
        found = None
        for spell in self._spells.get(vmid, ()):
            if spell.since > moment:
                break
            found = spell
        return found

    def was_online(self, name: str, moment: float) -> bool:
        """Whether a node was heard at a moment."""
        online = False
        for since, state in self._ups.get(name, ()):
            if since > moment:
                break
            online = state
        return online

    def ran_on(self, name: str, moment: float) -> Iterator[int]:
        """The guests that ran on a node at a moment."""
        for vmid in self._visitors[name]:
            spell = self.spell(vmid, moment)
            if spell is not None and spell.running and spell.node == name:
                yield vmid
