# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What HA rules mean for the guests of a cluster."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.ha.reading import (
    HaBundle,
    HaPlace,
    HaReading,
    HaSeparation,
    read_ha,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaConfig, HaGroup, HaResource
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.ha_rules import ha_config, negative, on_nodes, positive

NODES = {"a": "8c/100G", "b": "8c/100G", "c": "8c/100G"}


def reading(*rules, nodes=None, **facts):
    guests = [a_guest(vmid) for vmid in (101, 102, 103, 104)] + [a_guest(201, type="lxc")]
    return read_ha(a_cluster(NODES | (nodes or {}), guests, ha=ha_config(*rules, **facts)))


def test_without_ha_nothing_binds():
    assert read_ha(a_cluster(NODES, [a_guest(101)])) == HaReading()


def test_bundles_and_separations_name_the_rules_they_come_from():
    found = reading(positive("y", 102, "ct:201"), positive("x", 101, 102), negative("apart", 103, 101))
    assert found.bundles == (HaBundle(vmids=(101, 102, 201), source="HA rule y, HA rule x"),)
    assert found.separations == (HaSeparation(vmids=frozenset({101, 103}), source="HA rule apart"),)


def test_a_partner_that_does_not_count_passes_on_what_it_keeps_away_from():
    """As Proxmox infers from the rules as written, whoever their members are."""
    found = reading(positive("x", 101, 102, 999), negative("apart", 103, 999))
    assert found.bundles == (HaBundle(vmids=(101, 102), source="HA rule x"),)
    assert found.separations == tuple(
        HaSeparation(vmids=frozenset({vmid, 103}), source="HA rule apart, HA rule x") for vmid in (101, 102)
    )


def test_a_member_of_another_kind_or_unknown_to_the_cluster_does_not_count():
    found = reading(positive("x", 101, 201), positive("z", "ct:201", 102, 999))
    assert found.bundles == (HaBundle(vmids=(102, 201), source="HA rule z"),)


def test_ignored_resources_do_not_count_but_are_counted_by_checks():
    resources = tuple(
        HaResource(sid=f"vm:{vmid}", state="ignored" if vmid == 102 else "stopped") for vmid in (101, 102, 103)
    )
    found = reading(positive("x", 101, 102), negative("y", 101, 102, 103), resources=resources)
    assert {dropped.rule for dropped in found.dropped} == {"x", "y"}
    found = reading(negative("y", 101, 102, 103), on_nodes("home", "a", 102), resources=resources)
    assert found.separations == (HaSeparation(vmids=frozenset({101, 103}), source="HA rule y"),)
    assert found.places == {}


def test_nobody_is_bound_while_ha_is_disarmed_to_ignore_guests():
    found = reading(positive("x", 101, 102), on_nodes("home", "a", 103), mode="ignore")
    assert (found.bundles, found.places) == ((), {})


PREFERRED = {
    "the best nodes": ({}, "bc"),
    "one of them in maintenance": ({"b": {"capacity": "8c/100G", "hastate": "maintenance"}}, "c"),
    "none of them there": (
        {"b": {"status": "offline"}, "c": {"capacity": "8c/100G", "hastate": "fence"}},
        "a",
    ),
}


@pytest.mark.parametrize(("nodes", "expected"), PREFERRED.values(), ids=PREFERRED.keys())
def test_preferred_are_the_best_nodes_that_the_ha_manager_can_use(nodes, expected):
    found = reading(on_nodes("home", {"b": 2, "c": 2, "a": 1, "gone": 9}, 101, is_strict=True), nodes=nodes)
    assert found.places == {
        101: HaPlace(allowed=frozenset("abc"), preferred=frozenset(expected), fails_back=True, source="HA rule home")
    }


def test_partners_share_the_place():
    found = reading(on_nodes("home", "a", 101), positive("x", 101, 102))
    assert found.places[102].preferred == {"a"}
    assert found.places[102].allowed == {"a", "b", "c"}


def test_groups_of_pve_8():
    resources = (HaResource(sid="vm:101", group="left"), HaResource(sid="vm:102", group="gone"))
    group = HaGroup(name="left", nodes={"a": 1}, is_restricted=True, fails_back=False)
    cluster = a_cluster(NODES, [a_guest(101), a_guest(102)], ha=HaConfig(resources=resources, groups=(group,)))
    place = HaPlace(allowed=frozenset("a"), preferred=frozenset("a"), fails_back=False, source="HA group left")
    assert read_ha(cluster).places == {101: place}


def test_what_binds_each_guest():
    rules = [positive("x", 101, 102), negative("n", 102, 103), on_nodes("home", "a", 102), negative("m", 104)]
    assert reading(*rules).sources == {
        101: ("HA rule x", "HA rule home"),
        102: ("HA rule x", "HA rule n", "HA rule home"),
        103: ("HA rule n",),
    }


def test_each_reason_is_told_once():
    rules = [positive("x", 101, 102), positive("y", 103, 104), negative("n", 101, 102), negative("m", 101)]
    found = reading(*rules)
    assert found.warnings == (
        "HA rule m does not count, Proxmox leaves it out: it names fewer than two guests",
        "HA rule n does not count, Proxmox leaves it out: it keeps apart guests that belong together by x",
        "HA rule x does not count, Proxmox leaves it out: it keeps together guests that n keeps apart",
    )
    assert replace(found, dropped=found.dropped * 2).warnings == found.warnings
