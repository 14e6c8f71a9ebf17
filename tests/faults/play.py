# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Play one row, then hold what the module tells against the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import DrsError
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, RUNNING
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.tests.faults import modules
from ansible_collections.pve.drs.tests.faults.guardian import Guardian
from ansible_collections.pve.drs.tests.faults.rows import Row, evacuation_of, policy_of, scenario_of
from ansible_collections.pve.drs.tests.unit.simulated import TOKEN, Scene, scene
from simulator.reading import Section
from simulator.scenario_trouble import read_events, read_faults
from simulator.world.events import act

OK, FAILED_EXIT = "ok", "failed"
HA_MOTION = ("migrate", "relocate")


@dataclass(frozen=True, kw_only=True)
class Played:
    """How a run ended; `moves` as the module returns them, `complaints` are what is wrong with all that."""

    failure: str | None
    warnings: tuple[str, ...] = ()
    moves: tuple[dict[str, Any], ...] = ()
    complaints: tuple[str, ...] = ()

    @property
    def exit(self) -> str:
        return FAILED_EXIT if self.failure else OK


def play(row: Row) -> Played:
    """Everything in virtual time, over HTTPS."""
    with scene(scenario_of(row), policy_of(row), **row.connection) as found:
        guardian = Guardian(found, row)
        played = _run(row, found)
        complaints = (*_disappointments(row, played, guardian), *guardian.complaints, *_untruths(row, played, found))
    return replace(played, complaints=complaints)


def _run(row: Row, found: Scene) -> Played:
    """A DrsError fails the module with its text, as glue/run.py has it."""
    let_loose = partial(_let_loose, row, found)
    if row.from_start:
        let_loose()
    later = (lambda: None) if row.from_start else let_loose
    try:
        wanted = evacuation_of(row)
        module, given = (modules.evacuate, wanted) if wanted else (modules.balance, row.options)
        result = module(found, given, later)
    except DrsError as error:
        return Played(failure=str(error))
    moves = (result.values["outcome"] or {}).get("moves", ())
    return Played(failure=result.failure, warnings=tuple(result.warnings), moves=tuple(moves))


def _let_loose(row: Row, found: Scene) -> None:
    faults = read_faults(Section(row.name, {"faults": [dict(fault) for fault in row.faults]}))
    found.sim.call(lambda: [found.world.faults.add(fault) for fault in faults])
    for event in read_events(Section(row.name, {"events": [{"after": "0s"} | dict(one) for one in row.happens]})):
        found.sim.call(partial(act, found.world, event.action, dict(event.arguments)))
    if row.signal_after is not None:
        stop = found.stop = Stop(found.clock)
        found.clock.due.append((row.signal_after, lambda: stop.request("signal SIGTERM")))


def _disappointments(row: Row, played: Played, guardian: Guardian) -> Iterator[str]:
    """What did not come as the row says."""
    if played.exit != row.exit:
        yield f"exit {row.exit} was expected, and it is {played.exit}: {played.failure}"
    if row.message not in (played.failure or ""):
        yield f"the message should say '{row.message}', and is '{played.failure}'"
    if row.warning not in "; ".join(played.warnings):
        yield f"a warning should say '{row.warning}', and they are {list(played.warnings)}"
    ends = {move["vmid"]: move["status"] for move in played.moves}
    if ends != _expected(row, ends):
        reasons = {move["vmid"]: move["reason"] for move in played.moves if move["status"] != DONE}
        yield f"the moves should end {dict(row.moves)}, and they are {ends}: {reasons}"
    if row.requests is not None and row.requests != guardian.asked:
        yield f"{row.requests} migrations should be asked for, and it were {guardian.asked}"


def _expected(row: Row, ends: dict[int, str]) -> dict[int, str]:
    """`rest` stands for all that are not named."""
    named = {vmid: end for vmid, end in row.moves.items() if isinstance(vmid, int)}
    rest = row.moves.get("rest")
    return named if rest is None else dict.fromkeys(ends, rest) | named


def _untruths(row: Row, played: Played, found: Scene) -> Iterator[str]:
    """What the account says otherwise than the cluster; every guest under way must be in it as running."""
    for move in played.moves:
        yield from _misplaced(row, move, found)
    # Of a guest that moved twice the last move tells where it should be.
    for move in {move["vmid"]: move for move in played.moves}.values():
        yield from _not_done(move, found)
    known = {move["vmid"] for move in played.moves if move["status"] == RUNNING}
    for vmid in sorted(_under_way(found) - known):
        yield f"guest {vmid} is still on its way, and nobody says so"


def _misplaced(row: Row, move: dict[str, Any], found: Scene) -> Iterator[str]:
    vmid, node = move["vmid"], found.node_of(move["vmid"])
    if move["node"] != (None if vmid in row.unseen or row.is_all_unseen else node):
        yield f"guest {vmid} is on {node}, and the account says {move['node']}"


def _not_done(move: dict[str, Any], found: Scene) -> Iterator[str]:
    vmid, node = move["vmid"], found.node_of(move["vmid"])
    tried = {move["target"], *(attempt["target"] for attempt in move["attempts"])}
    if move["status"] == DONE and node is not None and node not in tried:
        yield f"guest {vmid} is said to be done, and is on {node}"


def _under_way(found: Scene) -> set[int]:
    """Guests that our own requests are moving at the end."""
    world = found.world
    ours = {int(task.id) for task in world.tasks.running() if task.caller.full == TOKEN and task.id.isdigit()}
    by_ha = {world.ha.resources[sid].vmid for sid, service in world.ha.services.items() if service.state in HA_MOTION}
    return ours | by_ha
