# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The least that relief can cost, by a mixed-integer linear program of its own; needs highspy."""

from collections import defaultdict
from collections.abc import Iterator
from types import ModuleType

from benchmarks.board import GIB
from benchmarks.relief import Relief

SECONDS = 20.0
STREAM_CORES = 1.0  # busy at either end of a migration: a node that gains keeps it free
INFINITY = 1e30

Entry = dict[int, float]


def least_effort(relief: Relief, highspy: ModuleType) -> float:
    """GiB; where the time does not suffice a lower bound of it."""
    program = Program(relief)
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("time_limit", SECONDS)):
        solver.setOptionValue(option, value)
    for column, cost in enumerate(program.costs):
        solver.addVar(0.0, 1.0)
        solver.changeColCost(column, cost)
        solver.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    for entry, most in program.rows():
        solver.addRow(-INFINITY, most, len(entry), list(entry), list(entry.values()))
    solver.run()
    return float(solver.getInfo().mip_dual_bound)


class Program:
    """A column for each guest of a hot node with each target, and one for each target that gains at all."""

    def __init__(self, relief: Relief) -> None:
        self._relief = relief
        self._pairs = [(guest, target) for guest in relief.leaving for target in relief.targets]
        self._gains = {target: len(self._pairs) + place for place, target in enumerate(relief.targets)}
        self.costs = [relief.effort([guest.vmid]) for guest, _target in self._pairs] + [0.0] * len(self._gains)

    def rows(self) -> Iterator[tuple[Entry, float]]:
        """Coefficients by column, and the most that their sum may be."""
        once: dict[int, Entry] = defaultdict(dict)
        for column, (guest, target) in enumerate(self._pairs):
            once[guest.vmid][column] = 1.0
            yield {column: 1.0, self._gains[target]: -1.0}, 0.0
        yield from ((entry, 1.0) for entry in once.values())
        for node, room in self._relief.room.items():
            cpu, memory = self._entries(node)
            yield cpu, room.cpu
            yield memory, room.memory / GIB

    def _entries(self, node: str) -> tuple[Entry, Entry]:
        """What the guests add to a node, or take away."""
        cpu: Entry = {self._gains[node]: STREAM_CORES} if node in self._gains else {}
        memory: Entry = {}
        for column, (guest, target) in enumerate(self._pairs):
            sign = 1.0 if target == node else -1.0 if guest.node == node else 0.0
            if sign:
                cpu[column] = sign * guest.demand.cpu
                memory[column] = sign * guest.demand.memory / GIB
        return cpu, memory
