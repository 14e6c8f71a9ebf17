# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What is written into the options of guests, what is left as it is, and what is put back (drs-model 5.9)."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.settings import Kept
from ansible_collections.pve.drs.plugins.module_utils.core.pools.changes import changes, restoring, wanted
from ansible_collections.pve.drs.plugins.module_utils.core.pools.scene import scene_of
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import tree_of
from ansible_collections.pve.drs.plugins.module_utils.core.pools.unenforced import unenforced
from ansible_collections.pve.drs.plugins.module_utils.core.pools.weights import wanted_weights
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.pools import a_pool

WIDE = "8c/4G"


def a_scene(*pools, guests, found=(), kept=(), nodes=None):
    """Guests that want all that they can use; `found` are options by vmid, empty for those that are not named."""
    cluster = a_cluster(nodes or {"a": "16c/100G"}, guests)
    options = {guest.vmid: {} for guest in cluster.guests} | dict(found)
    return scene_of(cluster, tree_of(pools, cluster), options, kept)


def busy(vmid, node="a", size=WIDE, **facts):
    return a_guest(vmid, node, size, size, **facts)


def todo(scene):
    """Options by vmid that change, as from and to."""
    return {(change.vmid, change.option): (change.found, change.value) for change in changes(scene, wanted(scene))}


def kept(vmid, option, before, written):
    return Kept(vmid, option, before, written)


TWO = (a_pool("high", (101,), cpu={"shares": "high"}), a_pool("normal", (102,)))
BOTH = [busy(101, size="16c/4G"), busy(102, size="16c/4G")]


def test_weights_are_written_when_they_differ_by_more_than_a_tenth():
    assert todo(a_scene(*TWO, guests=BOTH)) == {(101, "cpuunits"): (None, "133"), (102, "cpuunits"): (None, "67")}
    near = {101: {"cpuunits": "121"}, 102: {"cpuunits": "60"}}
    assert todo(a_scene(*TWO, guests=BOTH, found=near)) == {(102, "cpuunits"): ("60", "67")}
    even = (a_pool("one", (101,)), a_pool("two", (102,), cpu={"shares": 4300}))
    assert todo(a_scene(*even, guests=BOTH)) == {}


def test_guests_in_no_pool_and_guests_that_do_not_run_are_left_alone():
    others = [busy(103), busy(104, status="stopped"), busy(105)]
    pools = (*TWO, a_pool("low", (104,), cpu={"shares": "low"}))
    assert {vmid for vmid, _unused in todo(a_scene(*pools, guests=[*BOTH, *others]))} == {101, 102}


def test_who_leaves_all_pools_gets_its_own_back_and_no_more():
    entries = [kept(103, "cpuunits", "70", "40"), kept(104, "cpuunits", None, "40"), kept(105, "cpuunits", "70", "40")]
    found = {103: {"cpuunits": "40"}, 104: {"cpuunits": "40"}, 105: {"cpuunits": "90"}, 101: {"cpuunits": "133"}}
    guests = [*BOTH, busy(103), busy(104, status="stopped"), busy(105)]
    entries.append(kept(101, "cpuunits", None, "133"))
    scene = a_scene(a_pool("one", (101, 102)), guests=guests, found=found, kept=entries)
    assert todo(scene) == {
        (101, "cpuunits"): ("133", None),
        (103, "cpuunits"): ("40", "70"),
        (104, "cpuunits"): ("40", None),
    }


def test_all_is_put_back_but_what_somebody_else_changed():
    entries = [
        kept(101, "cpuunits", None, "133"),
        kept(102, "cpulimit", "2", "1.5"),
        kept(102, "cpuunits", "50", "67"),
        kept(999, "cpuunits", "50", "67"),
    ]
    found = {101: {"cpuunits": "133"}, 102: {"cpulimit": "1.5", "cpuunits": "300"}}
    scene = a_scene(*TWO, guests=BOTH, found=found, kept=entries)
    assert [(c.vmid, c.option, c.value, c.restores) for c in restoring(scene)] == [
        (101, "cpuunits", None, True),
        (102, "cpulimit", "2", True),
    ]


def test_the_limit_of_a_guest_is_written_exactly_and_never_above_that_of_somebody_else():
    own = {
        101: {"cpu": {"limit": 4.2}},
        102: {"cpu": {"limit": 6}},
        103: {"cpu": {"limit": 9}},
        104: {"cpu": {"limit": 1 / 3}},
    }
    found = {101: {"cpulimit": "4"}, 102: {"cpulimit": "8"}, 104: {"cpulimit": "many"}}
    entries = [kept(101, "cpulimit", None, "4")]
    guests = [busy(101), busy(102), busy(103), busy(104, type="lxc")]
    scene = a_scene(a_pool("one", guests=own), guests=guests, found=found, kept=entries, nodes={"a": "64c/100G"})
    limits = {key[0]: value for key, value in todo(scene).items() if key[1] == "cpulimit"}
    assert limits == {101: ("4", "4.2"), 102: ("8", "6"), 104: ("many", "0.33")}


def test_the_limit_of_a_pool_is_parted_while_its_guests_want_more():
    pools = (a_pool("dev", (101, 102), cpu={"limit": 6}), a_pool("rest", (103,)))
    idle = a_guest(102, demand="0c/4G", size=WIDE)
    limits = {k: v for k, v in todo(a_scene(*pools, guests=[busy(101), idle, busy(103)])).items() if k[1] == "cpulimit"}
    # whoever idles has a tenth of its size left to wake up with
    assert limits == {(101, "cpulimit"): (None, "5.2"), (102, "cpulimit"): (None, "0.8")}
    calm = [a_guest(101, demand="4c/4G", size=WIDE), idle, busy(103)]
    assert not [key for key in todo(a_scene(*pools, guests=calm)) if key[1] == "cpulimit"]


def test_limits_of_a_pool_stay_until_its_guests_want_clearly_less():
    pools = (a_pool("outer"), a_pool("dev", (101, 102), parent="outer", cpu={"limit": 6}))
    ours = [kept(101, "cpulimit", None, "5.2"), kept(102, "cpulimit", None, "0.8")]
    found = {101: {"cpulimit": "5.2"}, 102: {"cpulimit": "0.8"}}
    near = [a_guest(101, demand="5c/4G", size=WIDE), a_guest(102, demand="0c/4G", size=WIDE)]
    limits = {k: v for k, v in todo(a_scene(*pools, guests=near, found=found, kept=ours)).items() if k[1] == "cpulimit"}
    assert limits == {(101, "cpulimit"): ("5.2", "5")}
    calm = [a_guest(101, demand="4c/4G", size=WIDE), a_guest(102, demand="0c/4G", size=WIDE)]
    limits = {k: v for k, v in todo(a_scene(*pools, guests=calm, found=found, kept=ours)).items() if k[1] == "cpulimit"}
    assert limits == {(101, "cpulimit"): ("5.2", None), (102, "cpulimit"): ("0.8", None)}


def test_a_part_that_grew_little_stays():
    pools = (a_pool("dev", (101, 102), cpu={"limit": 6}),)
    found = {101: {"cpulimit": "2.9"}, 102: {"cpulimit": "2"}}
    ours = [kept(vmid, "cpulimit", None, values["cpulimit"]) for vmid, values in found.items()]
    scene = a_scene(*pools, guests=[busy(101), busy(102)], found=found, kept=ours)
    assert {k: v for k, v in todo(scene).items() if k[1] == "cpulimit"} == {(102, "cpulimit"): ("2", "3")}


BALLOON = {"balloon": "1024"}


def test_the_least_of_a_machine_is_raised_to_what_it_has_reserved():
    own = {vmid: {"memory": {"reservation": 3}} for vmid in (101, 102, 103, 104, 105)}
    found = {101: BALLOON, 102: {}, 103: {"balloon": "0"}, 104: {"balloon": "3500"}, 105: BALLOON | {"shares": "0"}}
    guests = [busy(vmid) for vmid in (101, 102, 103, 104, 105)]
    scene = a_scene(a_pool("one", guests=own), guests=guests, found=found)
    assert {k: v for k, v in todo(scene).items() if k[1] in ("balloon", "shares")} == {
        (101, "balloon"): ("1024", "3072")
    }
    lower = a_scene(
        a_pool("one", guests={101: {"memory": {"reservation": 2.9}}}),
        guests=[busy(101)],
        found={101: {"balloon": "3072"}},
        kept=[kept(101, "balloon", "1024", "3072")],
    )
    assert todo(lower) == {}
    higher = a_scene(
        a_pool("one", guests={101: {"memory": {"reservation": 3.1}}}),
        guests=[busy(101)],
        found={101: {"balloon": "3072"}},
        kept=[kept(101, "balloon", "1024", "3072")],
    )
    assert todo(higher) == {(101, "balloon"): ("3072", "3175")}


def test_what_a_pool_has_reserved_counts_for_its_machines():
    scene = a_scene(
        a_pool("one", (101, 102), memory={"reservation": 4}), guests=[busy(101), busy(102)], found={101: BALLOON}
    )
    assert todo(scene)[101, "balloon"] == ("1024", "2048")


def test_shares_are_written_where_memory_may_be_taken():
    pools = (a_pool("high", (101,), memory={"shares": "high"}), a_pool("low", (102, 103), memory={"shares": "low"}))
    found = {101: BALLOON, 102: BALLOON, 103: BALLOON | {"shares": "950"}}
    scene = a_scene(*pools, guests=[busy(101), busy(102), busy(103)], found=found)
    shares = {k: v for k, v in todo(scene).items() if k[1] == "shares"}
    assert shares == {(101, "shares"): (None, "8000")}


def test_a_reservation_raises_the_weight_where_others_would_leave_too_little():
    pools = (
        a_pool("one", guests={101: {"cpu": {"reservation": 7, "shares": 100}}}),
        a_pool("two", (102, 103), cpu={"shares": 40_000}),
    )
    guests = [busy(101), busy(102), busy(103), busy(104)]
    weights = wanted_weights(a_scene(*pools, guests=guests, nodes={"a": "16c/100G", "b": "64c/100G"}))
    others = weights[102] + weights[103] + 100
    assert weights[101] * 16 >= 7 * (weights[101] + others)
    assert (weights[101] - 1) * 16 < 7 * (weights[101] - 1 + others)


def test_on_a_node_without_figures_weights_are_as_flat_as_elsewhere():
    cluster = {"a": {"capacity": "16c/100G"}, "b": {"status": "unknown"}}
    scene = a_scene(*TWO, guests=[busy(101, "b"), busy(102)], nodes=cluster)
    assert set(wanted_weights(scene)) == {101, 102}


def told(scene):
    return [
        text for text in unenforced(scene, wanted_weights(scene)) if not text.startswith("Proxmox VE knows no pools")
    ]


def test_without_pools_there_is_nothing_to_enforce():
    assert unenforced(a_scene(guests=BOTH), {}) == ()


def test_machines_and_containers_on_one_node_are_told_of():
    guests = [*(busy(vmid) for vmid in range(101, 107)), busy(201, type="lxc"), busy(202, type="lxc")]
    scene = a_scene(
        a_pool("all", (*range(101, 107), 201, 202)),
        guests=guests,
        nodes={"a": "8c/100G"},
        found={g.vmid: BALLOON for g in guests},
    )
    assert told(scene)[0] == (
        "node a runs 6 machines and 2 containers, and Proxmox VE gives either kind one half of the cores when all are busy, "
        "whatever their weights: guest 101 gets 0.67 cores where its weight stands for 1.00; only a cpu limit can correct that"
    )
    assert told(a_scene(*TWO, guests=BOTH, found={101: BALLOON, 102: BALLOON})) == []
    fair = [busy(101), busy(201, type="lxc")]
    scene = a_scene(a_pool("all", (101, 201)), guests=fair, found={101: BALLOON, 201: {}})
    assert not [text for text in told(scene) if text.startswith("node")]


BEST_EFFORT = {
    "more is reserved than the node has": (
        {101: 8, 102: 8},
        [busy(101), busy(102)],
        {"a": "12c/100G", "b": "12c/100G"},
        "guest 101, 102: 16 cores reserved for them are best effort: guests on a have 16 cores reserved, and it has 12 cores",
    ),
    "a container besides": (
        {101: 4},
        [busy(101), busy(201, type="lxc")],
        {"a": "12c/100G"},
        "guest 101: 4 cores reserved for it are best effort: a runs machines and containers, which share it half and half",
    ),
    "a weight beyond all": (
        {101: 7.99},
        [busy(101), *(busy(vmid) for vmid in range(102, 112))],
        {"a": "8c/100G"},
        "guest 101: 7.99 cores reserved for it are best effort: it would take more than 10000 cpuunits",
    ),
}


@pytest.mark.parametrize(("reserved", "guests", "nodes", "expected"), BEST_EFFORT.values(), ids=BEST_EFFORT)
def test_reservations_that_no_weight_can_keep(reserved, guests, nodes, expected):
    own = {vmid: {"cpu": {"reservation": cores}} for vmid, cores in reserved.items()}
    assert expected in told(a_scene(a_pool("one", guests=own), guests=guests, nodes=nodes))


def test_many_guests_that_the_same_stands_against_are_told_of_in_one_sentence():
    machines = [busy(vmid, size="1c/1G") for vmid in range(101, 121)]
    own = {guest.vmid: {"cpu": {"reservation": 0.5}} for guest in machines}
    scene = a_scene(a_pool("one", guests=own), guests=[*machines, busy(201, type="lxc")])
    (found,) = (text for text in told(scene) if "best effort" in text)
    assert found == (
        "guest 101, 102, 103, 104, 105 and 15 more: 10 cores reserved for them are best effort: "
        "a runs machines and containers, which share it half and half"
    )


def test_a_reservation_that_a_weight_keeps_is_not_told_of():
    scene = a_scene(a_pool("one", guests={101: {"cpu": {"reservation": 4}}}), guests=[busy(101), busy(102)])
    assert not [text for text in told(scene) if "best effort" in text]


FIXED = (
    "guest 201, 301, 302, 303, 304 and 2 more: Proxmox VE does not take memory from it (it is a container, or has no balloon "
    "below its memory, or shares 0), so memory shares mean nothing for it"
)


def test_memory_that_cannot_be_limited_or_reserved():
    pools = (
        a_pool("one", (102,), memory={"limit": 8}, guests={101: {"memory": {"limit": 2}}}),
        a_pool("two", guests={201: {"memory": {"reservation": 1}}}),
    )
    guests = [busy(101), busy(102), busy(201, type="lxc"), *(busy(vmid) for vmid in range(301, 307))]
    scene = a_scene(*pools, a_pool("many", tuple(range(301, 307))), guests=guests, found={101: BALLOON, 102: BALLOON})
    assert told(scene)[-4:] == [
        "pool one: its memory limit of 8 GiB is told and not enforced, as it would change the size of guests",
        "guest 101: a memory limit is told and not enforced, as it would change the size of the guest",
        "guest 201: memory cannot be reserved for containers; it only counts when guests are placed",
        FIXED,
    ]


def test_limits_of_others_count_and_guests_of_unknown_configuration_are_no_members():
    found = {101: {"cpulimit": "2"}}
    scene = a_scene(*TWO, guests=BOTH, found=found, kept=[kept(101, "cpulimit", "4", "2")])
    assert scene.cpu.figures.limits == {101: 4.0}
    cluster = a_cluster({"a": "16c/100G"}, BOTH)
    unread = scene_of(cluster, tree_of(TWO, cluster), {102: {}}, ())
    assert [guest.vmid for guest in unread.members] == [102]
    assert not [change for change in changes(unread, wanted(unread)) if change.vmid == 101]


def test_a_container_without_cores_is_as_large_as_before_it_was_limited():
    """It is listed with our limit as its size, and would be taken for a small one."""
    pool = a_pool("one", guests={vmid: {"cpu": {"limit": 2}} for vmid in (101, 102, 103, 104)})
    listed = a_guest(101, demand="2c/4G", size="2c/4G", type="lxc")
    guests = [replace(listed, vmid=vmid) for vmid in (101, 102, 103)] + [replace(listed, vmid=104, node="gone")]
    found = {
        101: {"cpulimit": "2"},
        102: {"cpulimit": "2", "cores": "4"},
        103: {"cpulimit": "2"},
        104: {"cpulimit": "2"},
    }
    entries = [kept(101, "cpulimit", None, "2"), kept(103, "cpulimit", "6", "2"), kept(104, "cpulimit", None, "2")]
    scene = a_scene(pool, guests=guests, found=found, kept=entries)
    assert scene.cpu.figures.sizes == {101: 16.0, 102: 2.0, 103: 6.0, 104: 2.0}
    assert not [key for key in todo(scene) if key in ((101, "cpulimit"), (103, "cpulimit"))]
