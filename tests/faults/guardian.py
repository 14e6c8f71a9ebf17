# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Watches the simulated cluster while a row is played: what we ask for must be right at the moment we ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.pve.drs.tests.faults.rows import Row
from ansible_collections.pve.drs.tests.unit.simulated import TOKEN, Scene

RESERVE_BYTES = 1024**3


class Guardian:
    """Looks at every migration that we start, with the world's own figures, not with those that the API tells."""

    def __init__(self, found: Scene, row: Row) -> None:
        self.complaints: list[str] = []
        self.asked = 0
        self._world = found.world
        self._row = row
        self._answered = found.world.migrate
        found.world.migrate = self._migrate

    def _migrate(self, where: Any, request: Any, caller: Any) -> str:
        upid = self._answered(where, request, caller)
        if caller.full == TOKEN:
            self.asked += 1
        if caller.full == TOKEN and not self._row.unforeseen:
            self.complaints += self._wrong(where.vmid, request.target)
        return upid

    def _wrong(self, vmid: int, target: str) -> Iterator[str]:
        others = {other for other in self._world.guests if other != vmid and target in self._places(other)}
        for group in self._apart():
            if vmid in group and group & others:
                yield f"{vmid} was sent to {target}, where {sorted(group & others)} is or is going to"
        for names, vmids, is_allowed in self._bound():
            if vmid in vmids and (target in names) != is_allowed:
                yield f"{vmid} was sent to {target} against a rule"
        present = [other for other in others if self._world.guests[other].is_running]
        used = sum(self._memory(other) for other in [*present, vmid])
        room = self._world.nodes[target].memory - RESERVE_BYTES
        if used > room:
            yield f"{vmid} was sent to {target}, which then needs {used / 1024**3:.1f} of {room / 1024**3:.1f} GiB"

    def _places(self, vmid: int) -> set[str]:
        """Where a guest is, and where it is being moved to."""
        move = self._world.migrations.get(vmid)
        service = self._world.ha.services.get(self._world.guests[vmid].sid)
        going = {move.target} if move else set()
        asked = {target for _how, sid, target in self._world.ha.queue if sid == self._world.guests[vmid].sid}
        return {
            self._world.guests[vmid].node,
            *going,
            *asked,
            *([service.target] if service and service.target else []),
        }

    def _memory(self, vmid: int) -> float:
        return self._world.guests[vmid].load.at(self._world.clock.now).memory

    def _apart(self) -> Iterator[frozenset[int]]:
        yield from (frozenset(rule["guests"]) for rule in self._row.rules if rule["type"] == "separate")
        for rule in self._world.ha.rules.rules:
            if rule.affinity == "negative":
                yield frozenset(int(sid.partition(":")[2]) for sid in rule.sids)

    def _bound(self) -> Iterator[tuple[list[str], list[int], bool]]:
        for rule in self._row.rules:
            if rule["type"] in ("run_on", "not_run_on"):
                yield rule["nodes"], rule["guests"], rule["type"] == "run_on"
