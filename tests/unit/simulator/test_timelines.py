# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""HA moves in the simulator take the steps that genuine daemons were seen to take, in about the same time."""

import json

import pytest

from simulator.world.ha_data import HaRule

from .worlds import a_world

TIGHT = "memory: 128M, load: {cpu: 1, memory: 64M}"
TOGETHER = HaRule("together", "resource-affinity", frozenset({"vm:110", "vm:130"}), affinity="positive")
PREFER = HaRule("pref", "node-affinity", frozenset({"vm:130"}), {"pve1": 0})
# Rounds of ten seconds fall differently; a step may come this much earlier or later.
TOLERANCE_SECONDS = 16
RECOVERY_TOLERANCE_SECONDS = 40


def enable_maintenance(world):
    world.set_maintenance("pve2", on=True)


def end_maintenance(world):
    world.set_maintenance("pve2", on=True)
    world.clock.advance(60)
    world.set_maintenance("pve2", on=False)


CASES = {
    "positive rule created on guests that run apart": ((TOGETHER,), lambda _world: None),
    "migrate one of a positive pair": ((TOGETHER,), lambda world: world.ha.request_move("vm:110", "migrate", "pve2")),
    "non-strict node affinity to pve1 created": ((PREFER,), lambda _world: None),
    "hamigrate away from preferred node": ((PREFER,), lambda world: world.ha.request_move("vm:130", "migrate", "pve3")),
    "node-maintenance enable pve2": ((), enable_maintenance),
}


def timeline(shared, name):
    data = json.loads((shared / "data" / "observed" / "pve-observed.json").read_text(encoding="utf-8"))
    return next(entry["timeline"] for entry in data["observations"] if entry["name"] == f"watch: {name}")


def cluster(start, rules):
    """The recorded cluster at the first moment of a time line."""
    rows = (
        f"\n  - {{vmid: {vmid}, node: {node}, status: {'stopped' if status == 'stopped' else 'running'}, {TIGHT}"
        + (", ha: started}" if state else "}")
        for vmid, (node, status, state) in start.items()
    )
    world = a_world("guests:" + "".join(rows))
    apart = HaRule("keep-apart", "resource-affinity", frozenset({"vm:111", "vm:120"}), affinity="negative")
    world.ha.use_rules((apart, *rules))
    return world


def steps_of(rows):
    """Per guest, the changes of (node, HA state) with their seconds."""
    changes = {}
    for second, states in rows:
        for vmid, (node, _status, state) in states.items():
            mine = changes.setdefault(vmid, [])
            if not mine or mine[-1][1] != (node, state):
                mine.append((second, (node, state)))
    return {vmid: mine[1:] for vmid, mine in changes.items()}


def watch(world, seconds):
    rows = []
    for second in range(seconds):
        guests = world.guests.items()
        rows.append((second, {str(vmid): (guest.node, None, world.ha.hastate(guest.sid)) for vmid, guest in guests}))
        world.clock.advance(1)
    return rows


@pytest.mark.parametrize("name", CASES)
def test_a_recorded_time_line(name, shared):
    rules, act = CASES[name]
    recorded = timeline(shared, name)
    world = cluster(recorded[0][1], rules)
    act(world)
    seen, wanted = steps_of(watch(world, 90)), steps_of(recorded)
    for vmid, steps in wanted.items():
        assert kinds(seen[vmid]) == kinds(steps)
        for (when, _unused), (real, _unused) in zip(seen[vmid], steps, strict=True):
            assert when == pytest.approx(real, abs=TOLERANCE_SECONDS)


def kinds(steps):
    """The HA states gone through, and how often the node changed; where to is the scheduler's choice."""
    return [state for _unused, (_unused, state) in steps]


def test_guests_return_after_maintenance(shared):
    recorded = timeline(shared, "node-maintenance disable pve2")
    away = {vmid: tuple(row) for vmid, row in recorded[0][1].items()}
    home = {vmid: tuple(row) for vmid, row in recorded[-1][1].items()}
    world = cluster(home, ())
    end_maintenance(world)
    moved = {vmid for vmid in away if away[vmid][0] != home[vmid][0]}
    assert all(world.guests[int(vmid)].node != "pve2" for vmid in moved)
    seen, wanted = steps_of(watch(world, 60)), steps_of(recorded)
    for vmid in moved:
        assert kinds(seen[vmid]) == kinds(wanted[vmid])
        assert seen[vmid][-1][1] == wanted[vmid][-1][1]
        assert seen[vmid][-1][0] == pytest.approx(wanted[vmid][-1][0], abs=TOLERANCE_SECONDS)


def test_fencing_and_recovery(shared):
    recorded = timeline(shared, "HA fencing and recovery after the cut")
    world = cluster(recorded[0][1], ())
    world.clock.advance(30)
    world.cut_link("pve3")
    seen, wanted = steps_of(watch(world, 200)), steps_of(recorded)
    assert [step for _unused, step in seen["111"]] == [("pve3", "fence"), ("pve1", "started")]
    assert kinds(seen["111"]) == kinds(wanted["111"])
    between = [steps["111"][1][0] - steps["111"][0][0] for steps in (seen, wanted)]
    assert between[0] == pytest.approx(between[1], abs=TOLERANCE_SECONDS)
    assert seen["111"][0][0] == pytest.approx(wanted["111"][0][0], abs=RECOVERY_TOLERANCE_SECONDS)
