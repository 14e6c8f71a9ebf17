# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

import struct
import time
import zipfile
from pathlib import Path

import pytest
import yaml

from simulator.reading import link_speed, moment, part_of, seconds, share, size
from simulator.scenario import ScenarioError, load_world, read_scenario, shipped

from .worlds import BASE, a_world

GIB = 2**30


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_loads_and_lives_for_a_while(name):
    world = load_world(name)
    assert world.why
    world.clock.advance(60)
    assert all(world.statistics.node(node) for node in world.nodes)
    assert {token.userid for token in world.access.tokens} <= {user.userid for user in world.access.users}


def test_the_demo_has_one_overloaded_node_and_guests_that_must_stay():
    world = load_world("demo")
    loads = {name: world.statistics.node(name) for name in world.nodes}
    memory = {name: figures.mem / figures.maxmem for name, figures in loads.items()}
    assert memory["pve1"] > 0.85
    assert max(memory[name] for name in memory if name != "pve1") < 0.5
    assert loads["pve1"].cpu > 0.75
    assert any(guest.lock for guest in world.guests.values())
    assert any(guest.is_template for guest in world.guests.values())


def test_the_large_cluster_is_large_uneven_and_quickly_built():
    begin = time.perf_counter()
    world = load_world("large")
    assert time.perf_counter() - begin < 5
    assert (len(world.nodes), len(world.guests)) == (48, 10_000)
    figures = [world.statistics.node(name) for name in world.nodes]
    assert max(one.mem / one.maxmem for one in figures) > 1.3 * min(one.mem / one.maxmem for one in figures)
    assert max(one.mem / one.maxmem for one in figures) < 1


def test_the_same_seed_makes_the_same_world():
    first, second = load_world("large"), load_world("large")
    assert first.statistics.guests() == second.statistics.guests()


def test_a_profile_given_from_outside_wins():
    assert load_world("demo", "8.4").profile == "8.4"


def test_a_group_is_numbered_and_spread_over_its_nodes():
    world = a_world("guests: [{vmid: 200, count: 3, name: 'web{n}', nodes: [pve1, pve2], tags: [b, a], pool: shop}]")
    rows = {vmid: (guest.name, guest.node, guest.tags) for vmid, guest in world.guests.items()}
    assert rows == {
        200: ("web1", "pve1", "a;b"),
        201: ("web2", "pve2", "a;b"),
        202: ("web3", "pve1", "a;b"),
    }
    assert world.pools["shop"].vmids == {200, 201, 202}
    assert world.pool_of(201) == "shop"


def test_configs_look_like_genuine_ones():
    world = a_world(
        "guests: [{vmid: 101, node: pve1, disks: ['ceph:32G']}, {vmid: 102, node: pve1, type: lxc, disks: ['zfs:8G']}]"
    )
    vm, container = world.guests[101], world.guests[102]
    assert (vm.config["memory"], vm.config["cores"], vm.config["scsi0"]) == ("8192", 4, "ceph:vm-101-disk-0,size=32G")
    assert (container.config["memory"], container.config["rootfs"]) == (8192, "zfs:subvol-102-disk-0,size=8G")
    assert (vm.disk_size, container.disk_size) == (32 * GIB, 8 * GIB)
    assert (vm.memory, vm.cores) == (8 * GIB, 4)


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        ("0.5", (2, 4 * GIB)),
        ("50%", (2, 4 * GIB)),
        ("{cpu: 1.5, memory: 25%}", (1.5, 2 * GIB)),
        ("{daily: {night: {cpu: 1}, peak: {cpu: 3}, hour: 9}}", (3, 0)),
        ("{steps: [{after: 0s, cpu: 1}, {after: 10s, cpu: 2}]}", (1, 0)),
    ],
)
def test_loads_are_read_as_written(load, expected):
    world = a_world(f"guests: [{{vmid: 101, node: pve1, load: {load}}}]")
    assert world.guests[101].load.at(world.clock.now) == pytest.approx(expected)


def test_noise_depends_on_the_seed():
    text = "cluster: {name: t, seed: SEED}\nguests: [{vmid: 101, node: pve1, load: {cpu: 2, memory: 1G, noise: 20%}}]"
    loads = [a_world(text.replace("SEED", seed)).guests[101].load for seed in ("1", "1", "2")]
    cpus = [[load.at(10.0 * k).cpu for k in range(20)] for load in loads]
    assert cpus[0] == cpus[1] != cpus[2]


def test_a_series_comes_from_a_file_beside_the_scenario(tmp_path):
    (tmp_path / "day.csv").write_text("cpu,memory\n1.0,2G\n50%,4G\n", encoding="utf-8")
    data = yaml.safe_load(BASE) | {
        "guests": [{"vmid": 101, "node": "pve1", "load": {"series": "day.csv", "step": "5m"}}]
    }
    load = read_scenario(data, tmp_path).guests[0].load
    start = moment("2026-03-02 09:00")
    assert [load.at(start + 300 * k) for k in range(3)] == [(1, 2 * GIB), (2, 4 * GIB), (1, 2 * GIB)]


def test_local_storages_can_be_unequally_full():
    world = a_world("storages: {zfs: {type: zfspool, size: 1T, used_on: {pve1: 800G, pve2: 100G}}}")
    assert [world.storages["zfs"].used_on(name) for name in world.nodes] == [800 * GIB, 100 * GIB, 0]


NPY = b"\x93NUMPY\x01\x00"


def an_archive(path, tables):
    """Write numpy arrays of bytes, given as rows."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in tables.items():
            shape = (len(rows), len(rows[0])) if isinstance(rows, list) else ()
            header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
            content = bytes(value for row in rows for value in row) if shape else bytes([rows])
            archive.writestr(f"{name}.npy", NPY + struct.pack("<H", len(header)) + header + content)


def demands(folder, load, count=3):
    """What guests 101, 102, ... with 4 cores and 8 GiB ask for at the start and five minutes later."""
    guests = [{"vmid": 101, "node": "pve1", "count": count, "load": load}]
    spec = read_scenario(yaml.safe_load(BASE) | {"guests": guests}, folder)
    start = moment("2026-03-02 09:00")
    return [[tuple(guest.load.at(start + later)) for later in (0, 300)] for guest in spec.guests]


def test_every_guest_follows_a_trace_of_its_own(tmp_path):
    an_archive(tmp_path / "t.npz", {"cpu": [[50, 100], [10, 20]], "mem": [[25, 50], [50, 75]], "scale": 2})
    odd, even = [(0.2, 2 * GIB), (0.4, 3 * GIB)], [(1.0, 1 * GIB), (2.0, 2 * GIB)]
    assert demands(tmp_path, {"series": "t.npz"}) == [odd, even, odd]
    assert demands(tmp_path, {"series": "t.npz", "row": 1}) == [odd, odd, odd]


def test_what_a_trace_does_not_hold_stays_as_it_is(tmp_path):
    an_archive(tmp_path / "t.npz", {"cpu": [[50, 100]]})
    assert demands(tmp_path, {"series": "t.npz", "memory": "3G"}, 1) == [[(2.0, 3 * GIB), (4.0, 3 * GIB)]]


def test_archives_that_hold_no_traces_are_refused(tmp_path):
    an_archive(tmp_path / "t.npz", {"gpu": [[50, 100]]})
    (tmp_path / "no.npz").write_bytes(b"nothing")
    for name, complaint in (("t.npz", "holds gpu, but no table 'cpu'"), ("no.npz", "not a zip file")):
        with pytest.raises(ScenarioError, match=complaint):
            demands(tmp_path, {"series": name})


def test_traces_of_real_machines_can_be_replayed(shared):
    folder = shared / "data" / "traces"
    cpu = demands(folder, {"series": "planetlab_20110303.npz", "memory": "4G"}, 20)
    both = demands(folder, {"series": "google2011_days01-05.npz"}, 20)
    assert all(0 <= wanted[0] <= 4 and wanted[1] == 4 * GIB for pair in cpu for wanted in pair)
    assert all(0 < wanted[0] <= 4 and 0 < wanted[1] <= 1.3 * 8 * GIB for pair in both for wanted in pair)
    assert len({pair[0] for pair in both}) > 10


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("guests: [{vmid: 101, node: pve1, config: {cpuunits: many}}]", r"guests\[0\]\.config: .*'many'"),
        ("guests: [{vmid: 101, node: pve1, warm_up: soon}]", r"guests\[0\]\.warm_up: expected a time such as 30s"),
        ("nodes: {pve1: {ballooning_target: most}}", r"nodes\.pve1\.ballooning_target"),
        ("guests: [{vmid: 101, node: pve1, colour: red}]", r"guests\[0\]: unknown 'colour'; known here: .*cores"),
        ("guests: [{vmid: 101}]", r"guests\[0\]: 'node' is missing"),
        ("guests: [{vmid: 101, node: pve9}]", "guest 101 is on node 'pve9', which is not there"),
        ("guests: [{vmid: 101, node: pve1, count: 2}, {vmid: 102, node: pve1}]", "vmid 102 is there twice"),
        ("guests: [{vmid: 101, node: pve1, memory: 8 apples}]", r"guests\[0\].memory: expected a size such as 512M"),
        ("guests: [{vmid: 101, node: pve1, type: kvm}]", r"type: expected one of qemu, lxc, found 'kvm'"),
        ("guests: [{vmid: 101, node: pve1, disks: ['nope:8G']}]", "unknown storage 'nope' in 'nope:8G'"),
        ("guests: [{vmid: 101, node: pve1, load: {cpu: -1}}]", r"load.cpu: expected a number that is not negative"),
        ("guests: [{vmid: 101, node: pve1, load: {series: none.csv}}]", "load.series: .*none.csv"),
        ("guests: 7", "guests: expected a list, found 7"),
        ("nodes: {}", "a cluster needs at least one node"),
        ("nodes: {pve1: {memory: 1X}}", r"nodes.pve1.memory: expected a size"),
        ("storages: {a: {type: zfs, used_on: {pve1: 1G}}}", "used_on: a shared storage has one `used` for all nodes"),
        ("storages: {a: {type: dir, used_on: {pve7: 1G}}}", "storages.a: unknown node 'pve7'"),
        ("storages: {a: {type: dir, used_on: 1G}}", "used_on: expected a size for each node"),
        ("nodes: {pve1: {gaps: [{ago: 5m, lasts: 10m}]}}", r"gaps\[0\]: it lasts beyond the start"),
        ("storages: {a: {type: nfs, nodes: [pve7]}}", "storages.a: unknown node 'pve7'"),
        ("tokens: {drs: {secret: x}}", "a token is written name@realm!token"),
        ("acl: [{path: /, role: X}]", "expected exactly one of user, group, token"),
        ("faults: [{count: 1}]", "expected exactly one of answer, hang"),
        ("faults: [{fail_task: broken, percent: 5, phase: phase1}]", r"faults\[0\]: give either phase or percent"),
        ("faults: [{fail_task: broken, percent: none}]", r"faults\[0\].percent: "),
        ("faults: [{act: {explode: pve1}, count: 1}]", r"faults\[0\].act: expected exactly one of node_down"),
        ("faults: [{slow: 1s, carried_out: true}]", "it would happen twice"),
        ("events: [{after: 1s, explode: pve1}]", "expected exactly one of node_down"),
        ("events: [{after: 1s, steal: 101}]", "steal: expected vmid, target, found 101"),
        ("ha: {rules: {r: {type: node-affinity, resources: [5], nodes: [pve1]}}}", "'5' is no guest with `ha`"),
        ("extra: 1", "scenario: unknown 'extra'"),
    ],
)
def test_mistakes_are_told_with_their_place(text, complaint):
    with pytest.raises(ScenarioError, match=complaint):
        a_world(text)


def test_unknown_names_and_files_are_told(tmp_path):
    with pytest.raises(ScenarioError, match="no scenario 'nope': give a path, or one of balanced, daily, demo"):
        load_world("nope")
    with pytest.raises(ScenarioError, match=r"missing\.yml"):
        load_world(tmp_path / "missing.yml")
    broken = Path(tmp_path / "broken.yml")
    broken.write_text("a: [", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"broken\.yml"):
        load_world(broken)


def test_units():
    assert (size("1.5G"), size(7), size("2T")) == (1.5 * GIB, 7, 2 * 2**40)
    assert (seconds("2h"), seconds(5), seconds("1d")) == (7200, 5, 86_400)
    assert link_speed("10G") == 1.25e9
    assert (share("40%"), share(0.4)) == (0.4, 0.4)
    assert part_of(8, float)("25%") == 2
    assert moment("2026-03-02") == 1772409600


def test_faults_are_read_with_all_their_words():
    text = """
faults:
  - {act: {set_maintenance: {node: pve2, on: true}}, method: POST, after: 5s, skip: 1, count: 1}
  - {hang_task: true, task: qmigrate, percent: 30%, lasts: 2m, stubborn: true}
  - {reset: true, carried_out: true}
"""
    act, hang, reset = a_world(text).faults.faults
    assert (act.effect, act.action, act.arguments) == ("act", "set_maintenance", {"node": "pve2", "on": True})
    assert (act.seconds, act.skip, act.count) == (5.0, 1, 1)
    assert (hang.effect, hang.percent, hang.seconds, hang.stubborn) == ("hang_task", 30.0, 120.0, True)
    assert (reset.effect, reset.carried_out) == ("reset", True)
