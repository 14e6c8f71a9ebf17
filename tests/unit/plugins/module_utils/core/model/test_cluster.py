# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The frozen picture of a cluster."""

from dataclasses import FrozenInstanceError, replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import InconsistentInventory
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import (
    Cluster,
    Migration,
    Obstacle,
    Precondition,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest, a_node


def test_nodes_and_guests_are_in_order():
    cluster = Cluster(nodes=(a_node("b"), a_node("a")), guests=(a_guest(102), a_guest(101)))
    assert [node.name for node in cluster.nodes] == ["a", "b"]
    assert [guest.vmid for guest in cluster.guests] == [101, 102]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"nodes": (a_node("a"), a_node("a"))}, "node a is listed more than once"),
        ({"guests": (a_guest(101), a_guest(101, "b"))}, "guest 101 is listed more than once"),
    ],
    ids=["nodes", "guests"],
)
def test_a_listing_that_contradicts_itself_is_refused(parts, message):
    with pytest.raises(InconsistentInventory, match=message):
        Cluster(**parts)


def test_a_cluster_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        a_cluster({"a": "8c/100G"}).name = "other"


@pytest.mark.parametrize(
    ("facts", "is_active"),
    [("running", True), ("paused", True), ("prelaunch", True), ("stopped", False), ("unknown", False)],
    ids=str,
)
def test_what_occupies_a_node(facts, is_active):
    assert a_guest(status=facts).is_active is is_active


@pytest.mark.parametrize(
    ("guest", "sid", "label"),
    [
        (a_guest(101), "vm:101", "101"),
        (a_guest(102, type="lxc", name="web"), "ct:102", "102 (web)"),
    ],
    ids=["nameless machine", "container"],
)
def test_a_guest_has_a_sid_and_a_label(guest, sid, label):
    assert (guest.sid, guest.label) == (sid, label)


BASE = a_cluster({"a": "8c/100G", "b": "8c/100G"}, ["101 a 1c/10G", "102 b 1c/10G"])
FIRST = BASE.guests[0]
CHANGES = {
    "a guest moved": {"guests": (replace(FIRST, node="b"), BASE.guests[1])},
    "a guest stopped": {"guests": (replace(FIRST, status="stopped"), BASE.guests[1])},
    "a guest is locked": {"guests": (replace(FIRST, lock="backup"), BASE.guests[1])},
    "a guest is gone": {"guests": BASE.guests[1:]},
    "a node is gone": {"nodes": BASE.nodes[:1]},
    "a node is down": {"nodes": (BASE.nodes[0], replace(BASE.nodes[1], status="offline"))},
    "a node is in maintenance": {"nodes": (BASE.nodes[0], replace(BASE.nodes[1], hastate="maintenance"))},
}
NO_CHANGES = {
    "figures": {"guests": (replace(FIRST, demand=BASE.nodes[0].capacity), BASE.guests[1])},
    "order": {"guests": BASE.guests[::-1]},
    "warnings": {"warnings": ("odd",)},
    "tags": {"guests": (replace(FIRST, tags=frozenset({"db"})), BASE.guests[1])},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_fingerprint_tells_when_the_cluster_has_changed(change):
    assert replace(BASE, **change).fingerprint != BASE.fingerprint


@pytest.mark.parametrize("change", NO_CHANGES.values(), ids=NO_CHANGES)
def test_the_fingerprint_does_not_mind_what_is_not_placement(change):
    assert replace(BASE, **change).fingerprint == BASE.fingerprint


def test_a_plan_carries_the_fingerprint_of_its_cluster():
    assert make_plan(BASE, Policy()).fingerprint == BASE.fingerprint


def test_preconditions_are_added_to_those_that_are_known():
    one, other = Precondition(anywhere="local disk"), Precondition(by_node={"b": "no storage"})
    cluster = BASE.with_preconditions({101: one}).with_preconditions({102: other})
    assert cluster.preconditions == {101: one, 102: other}
    assert BASE.preconditions == {}


@pytest.mark.parametrize(
    ("known", "to_b", "to_c"),
    [
        (Precondition(), None, None),
        (Precondition(anywhere="local disk"), "local disk", "local disk"),
        (Precondition(by_node={"b": "no storage"}), "no storage", None),
        (Precondition(anywhere="local disk", by_node={"b": "no storage"}), "local disk", "local disk"),
    ],
    ids=["free", "anywhere", "one node", "both"],
)
def test_a_precondition_refuses_with_its_reason(known, to_b, to_c):
    assert (known.refusal("b"), known.refusal("c")) == (to_b, to_c)


@pytest.mark.parametrize(
    "migrations", [(), (Migration(vmid=999, source="a", target="b"),)], ids=["none", "invisible guest"]
)
def test_a_migration_of_a_guest_that_nobody_sees_takes_no_room(migrations):
    plan = make_plan(replace(BASE, migrations=migrations), Policy())
    assert [load.memory for load in plan.before.loads] == pytest.approx([0.1, 0.1])


def test_the_order_in_which_migrations_are_listed_changes_nothing():
    under_way = (Migration(vmid=102, source="b"), Migration(vmid=101, source="a", target="b"))
    nodes = {"a": {"capacity": "8c/100G", "overhead": "0c/60G"}, "b": "8c/100G"}
    uneven = a_cluster(nodes, ["101 a 1c/10G", "102 b 1c/10G"], migrations=under_way)
    plan = make_plan(uneven, Policy())
    assert make_plan(replace(uneven, migrations=under_way[::-1]), Policy()) == plan
    assert "(guest 101, 102)" in plan.notices[-1]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Precondition(), None),
        (Precondition(by_node={"a": "no"}, storage=Obstacle(by_node={"a": "no"})), None),
        (Precondition(devices=Obstacle(anywhere="usb0 is local"), ha=Obstacle(anywhere="frozen")), "usb0 is local"),
        (Precondition(anywhere="locked", devices=Obstacle(anywhere="usb0 is local")), "locked"),
    ],
    ids=["nothing", "some nodes", "a part of it", "itself before its parts"],
)
def test_what_keeps_a_guest_is_against_all_nodes(said, reason):
    assert said.keeps_it == reason
