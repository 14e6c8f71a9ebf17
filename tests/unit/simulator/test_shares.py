# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What guests of a saturated node get: weights count among siblings, and nothing stays idle while somebody wants it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario import load_world
from simulator.world.cgroups import Claim, Levels, level, levels, weight_of

from .worlds import a_world

EIGHT = "nodes: {pve1: {cores: 8}}\n"


def got(world):
    """Cores that each guest gets at this moment, by vmid."""
    figures = {vmid: world.statistics.present(guest) for vmid, guest in world.guests.items()}
    return {vmid: found.cpu * found.maxcpu for vmid, found in figures.items()}


def waits(world):
    """Percent of time in which each guest waits for a processor, by vmid."""
    return {vmid: world.statistics.present(guest).pressure_cpu for vmid, guest in world.guests.items()}


def guests(*rows):
    return EIGHT + "guests:\n" + "".join(f"  - {{node: pve1, {row}}}\n" for row in rows)


def test_vms_and_containers_are_siblings_whatever_their_number():
    world = a_world(
        guests("vmid: 101, count: 6, load: {cpu: 4, memory: 1G}", "vmid: 201, count: 2, type: lxc, load: {cpu: 4}")
    )
    found = got(world)
    assert [found[vmid] for vmid in range(101, 107)] == pytest.approx([2 / 3] * 6)
    assert [found[vmid] for vmid in (201, 202)] == pytest.approx([2.0, 2.0])


def test_weights_decide_among_siblings_and_rests_go_to_who_wants_more():
    world = a_world(
        guests(
            "vmid: 101, cores: 8, load: {cpu: 8}, config: {cpuunits: 200}",
            "vmid: 102, cores: 8, load: {cpu: 8}",
            "vmid: 103, cores: 8, load: {cpu: 0.5}, config: {cpuunits: 1}",
            "vmid: 104, cores: 8, load: {cpu: 0.2}, config: {cpuunits: 10000}",
        )
    )
    # 104 needs little and has it; 103 weighs next to nothing; 101 and 102 share what is left by two to one.
    one = (8 - 0.2) / 301
    assert got(world) == pytest.approx({101: 200 * one, 102: 100 * one, 103: one, 104: 0.2})
    assert waits(world) == pytest.approx(
        {101: 100 - 2500 * one, 102: 100 - 1250 * one, 103: 100 - 200 * one, 104: 0}, abs=0.01
    )


def test_the_host_is_a_sibling_too():
    world = a_world(
        "nodes: {pve1: {cores: 8, overhead: {cpu: 4}}}\n"
        "guests: [{node: pve1, vmid: 101, cores: 8, load: {cpu: 8}}, {node: pve1, vmid: 201, type: lxc, cores: 8, load: {cpu: 8}}]"
    )
    assert got(world) == pytest.approx({101: 8 / 3, 201: 8 / 3})
    assert world.statistics.present_node("pve1").pressure_cpu == 60


def test_a_limit_holds_on_an_idle_node_too():
    world = a_world(guests("vmid: 101, load: {cpu: 4}, config: {cpulimit: 1.5}", "vmid: 102, load: {cpu: 1}"))
    assert got(world) == pytest.approx({101: 1.5, 102: 1})
    assert waits(world) == {101: 62.5, 102: 0}
    assert world.statistics.present_node("pve1").cpu == pytest.approx(2.5 / 8)
    assert world.statistics.present_node("pve1").pressure_cpu == 0


def test_history_keeps_what_guests_got_before_their_weights_changed():
    world = a_world(
        guests("vmid: 101, cores: 8, load: {cpu: 8}", "vmid: 102, cores: 8, load: {cpu: 8}")
        + "cluster: {name: t, history: 1h}"
    )
    world.clock.advance(120)
    world.change_config(world.guests[101], {"cpuunits": 300})
    world.clock.advance(180)
    rows = [row["cpu"] * 8 for row in world.guest_history(101, "hour") if "cpu" in row]
    assert rows[:50] == pytest.approx([4.0] * 50)
    assert rows[-2:] == pytest.approx([6.0] * 2)
    assert world.guest_history(102, "hour")[-1]["pressurecpusome"] == 75


@pytest.mark.parametrize(
    ("cpuunits", "weight"), [(None, 100), ("", 100), (0, 1), (1, 1), ("250", 250), (10000, 10000), (262144, 10000)]
)
def test_weights_are_clamped(cpuunits, weight):
    assert weight_of(cpuunits) == weight


def test_nobody_waits_where_there_is_enough():
    assert levels(8, 1, [Claim(100, 3)], [Claim(100, 4)]) == Levels()
    assert levels(8, 0, [], []) == Levels()


@given(
    st.lists(st.tuples(st.integers(1, 10_000), st.floats(0, 64)), min_size=1, max_size=30),
    st.floats(0.5, 256),
)
def test_all_is_used_and_nobody_gets_more_than_it_wants(rows, cores):
    claims = [Claim(weight, wanted) for weight, wanted in rows]
    given_cores = [min(claim.wanted, claim.weight * level(cores, claims)) for claim in claims]
    assert sum(given_cores) == pytest.approx(min(cores, sum(claim.wanted for claim in claims)), rel=1e-6)
    short = [(got / claim.weight) for got, claim in zip(given_cores, claims, strict=True) if got < claim.wanted * 0.999]
    assert not short or max(short) == pytest.approx(min(short))


def test_the_books_example_gets_equal_parts_until_weights_are_set():
    world = load_world("pools")
    found = got(world)
    plain = [cores for vmid, cores in found.items() if vmid not in (131, 132)]
    assert len(found) == 40
    assert {round(cores, 6) for cores in plain} == {round(50 * 100 / 2100, 6), round(50 * 100 / 1950, 6)}
    for guest in world.guests.values():
        world.change_config(guest, {"cpuunits": 83 if guest.vmid < 200 else 167}, ("cpulimit",))
    found = got(world)
    high, normal = (sum(cores for vmid, cores in found.items() if (vmid < 200) is is_high) for is_high in (True, False))
    assert (high, normal) == pytest.approx((66.5331, 33.4669), abs=1e-4)
    assert found[101] == pytest.approx(25 / 12, rel=0.05)
    assert found[201] == pytest.approx(25 / 6, rel=0.05)


def test_ten_thousand_guests_are_shared_out_quickly():
    world = load_world("large")
    for node in world.nodes.values():
        node.cores = 16
    world.clock.advance(20)
    began = time.process_time()
    world.statistics.settle()
    assert time.process_time() - began < 1
    assert any(figures.pressure_cpu > 0 for figures in world.statistics.guests().values())
