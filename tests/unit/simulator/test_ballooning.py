# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Memory that ballooning takes back from VMs of a node that is short of it."""

import pytest

from simulator.world.model import GIB

from .asking import ACCESS, Asking
from .worlds import a_world

# QEMU needs a little memory beside what the guest has.
PROCESS = 48 * 2**20
HOST = "nodes: {pve1: {memory: 32G, overhead: {cpu: 0, memory: 16G}}}\n"


def held(world):
    """GiB that each guest holds, by vmid."""
    found = {vmid: world.statistics.present(guest).mem for vmid, guest in world.guests.items()}
    return {vmid: round(mem / GIB, 3) for vmid, mem in found.items()}


def guests(*rows):
    return "guests:\n" + "".join(
        f"  - {{node: pve1, memory: 16G, load: {{cpu: 1, memory: 16G}}, {row}}}\n" for row in rows
    )


def test_what_is_spare_is_shared_out_by_shares():
    # The least is next to nothing: 9.6 GiB for six thousand shares, less what the four processes need.
    world = a_world(
        HOST
        + guests(
            "vmid: 101, config: {balloon: 1, shares: 3000}",
            "vmid: 102, config: {balloon: 1}",
            "vmid: 103, config: {balloon: 1}",
            "vmid: 104, config: {balloon: 1}",
        )
    )
    spare = (9.6 * GIB - 4 * (PROCESS + 2**20)) / GIB
    assert held(world) == pytest.approx({101: spare / 2, 102: spare / 6, 103: spare / 6, 104: spare / 6}, abs=0.002)
    node = world.statistics.present_node("pve1")
    assert node.mem / node.maxmem == pytest.approx(0.8)


def test_nobody_gets_less_than_its_least_and_some_give_nothing():
    world = a_world(
        HOST
        + guests(
            "vmid: 101, config: {balloon: 8192}",
            "vmid: 102, memory: 4G, load: {memory: 4G}",
            "vmid: 103, memory: 4G, load: {memory: 4G}, config: {balloon: 1024, shares: 0}",
            "vmid: 104, memory: 4G, load: {memory: 4G}, config: {balloon: 0}",
            "vmid: 201, type: lxc, memory: 4G, load: {memory: 4G}",
        )
    )
    assert held(world) == {101: 8, 102: 4, 103: 4, 104: 4, 201: 4}
    assert world.statistics.present_node("pve1").pressure_memory > 0


def test_who_does_not_use_it_leaves_it_to_others():
    world = a_world(
        HOST
        + guests(
            "vmid: 101, load: {memory: 3G}, config: {balloon: 1024}",
            "vmid: 102, config: {balloon: 1024}",
        )
    )
    assert held(world) == pytest.approx({101: 3, 102: 9.6 - 3 - 2 * PROCESS / GIB}, abs=0.002)


def test_below_the_target_all_have_what_they_ask_for():
    text = "nodes: {pve1: {memory: 64G}}\n" + guests("vmid: 101, config: {balloon: 1024}")
    assert held(a_world(text)) == {101: 16}
    assert held(a_world(text.replace("memory: 64G", "memory: 64G, ballooning_target: 10%"))) == pytest.approx(
        {101: 6.353}, abs=0.01
    )


def test_the_api_tells_what_is_left_and_where_the_node_aims_at():
    world = a_world(
        ACCESS + "acl: [{path: /, user: drs@pve, role: Administrator}]\n"
        "nodes: {pve1: {memory: 16G, ballooning_target: 50%}, pve2: {}}\n"
        + guests("vmid: 101, config: {balloon: 1024}")
    )
    ask = Asking(world)
    found = ask("GET", "/nodes/pve1/qemu/101/status/current")
    assert found["balloon"] == found["ballooninfo"]["actual"] == pytest.approx(8 * GIB - PROCESS, abs=1)
    assert (found["balloon_min"], found["maxmem"], found["mem"], found["freemem"]) == (
        GIB,
        16 * GIB,
        found["balloon"],
        0,
    )
    assert found["memhost"] == found["mem"] + PROCESS
    assert ask("GET", "/nodes/pve1/config")["ballooning-target"] == 50
    assert "ballooning-target" not in ask("GET", "/nodes/pve2/config")


def test_a_larger_least_and_more_shares_take_effect_at_once():
    world = a_world(
        ACCESS + "acl: [{path: /, user: drs@pve, role: Administrator}]\n"
        + HOST + guests("vmid: 101, config: {balloon: 1024}", "vmid: 102, config: {balloon: 1024}")
    )  # fmt: skip
    ask = Asking(world)
    before = held(world)
    assert before[101] == before[102]
    ask("PUT", "/nodes/pve1/qemu/101/config", shares=3000)
    spare = 9.6 - 2 - 2 * PROCESS / GIB
    assert held(world) == pytest.approx({101: 1 + 0.75 * spare, 102: 1 + 0.25 * spare}, abs=0.002)
    ask("PUT", "/nodes/pve1/qemu/102/config", balloon=6144)
    assert held(world)[102] >= 6
    world.clock.advance(60)
    world.change_config(world.guests[101], {"shares": 1000})
    rows = [row for row in world.guest_history(101, "hour") if "mem" in row]
    assert all(row["mem"] / GIB > 3 for row in rows)
