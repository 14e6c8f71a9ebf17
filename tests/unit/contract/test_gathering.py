# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Facts before the simulator: what single nodes and guests are asked, and what is said of figures that do not do."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue import gathering
from ansible_collections.pve.drs.plugins.module_utils.glue.facts import LISTED, facts_needs, facts_of
from ansible_collections.pve.drs.plugins.module_utils.glue.gathering import with_gathered
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import collect
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

# node a uses 48 of its 64 GiB, and may use 31
STRICT = Policy(memory_max=0.5, triggers=())
BALLOONS = uneven(guest={"config": {"balloon": 6144}})


def facts(found, names, policy):
    cluster = collect(found.api, facts_needs(policy, names), found.clock)
    return facts_of(with_gathered(found.api, cluster, policy, names), policy, names)


def paths(found, end):
    return [entry.path for entry in found.sim.log.entries() if entry.path.endswith(end)]


@pytest.mark.parametrize(
    ("names", "asked"), [(LISTED, ["/nodes/a/qemu"]), (("nodes", "guests"), []), (("load", "details"), None)], ids=str
)
def test_a_node_that_ballooning_keeps_full_breaks_nothing(names, asked):
    """The same as when guests are to be moved, in one request for each node above its limit."""
    with scene(BALLOONS) as found:
        told = facts(found, names, STRICT)
        seen = paths(found, "/qemu")
    assert told.get("violations", []) == []
    assert seen == asked or (asked is None and sorted(seen) == [f"/nodes/{node}/qemu" for node in "abc"])


def test_without_balloons_a_full_node_is_told():
    with scene(uneven()) as found:
        assert [broken["node"] for broken in facts(found, ["load"], STRICT)["violations"]] == ["a"]


def test_too_little_history_is_told_as_when_guests_are_to_be_moved():
    with scene(uneven(), Policy(estimator="mean")) as found:
        warnings = facts(found, ["load"], found.policy)["warnings"]
        notices = found.decide().notices
    for text in (
        "too little history of node a, node b, node c",
        "nodes and guests have too little history, see the warning",
    ):
        assert any(text in warning for warning in warnings)
        assert any(text in notice for notice in notices)


@pytest.mark.parametrize(
    ("names", "known"), [(["score", "details"], {101, 102, 103}), (["score"], set()), (["details"], set())], ids=str
)
def test_bursts_of_the_largest_guests_are_known_with_all_details(names, known, monkeypatch):
    monkeypatch.setattr(gathering, "MOST_CANDIDATES", 3)
    guests = [
        {"vmid": 101, "count": 3, "node": "a", "load": {"cpu": 1.5, "memory": "12G"}},
        {"vmid": 201, "count": 3, "node": "a", "load": {"cpu": 0.1, "memory": "1G"}},
    ]
    with scene(uneven(guests=guests, cluster={"history": "1d"})) as found:
        told = facts(found, names, Policy())
        asked = {int(path.split("/")[-2]) for path in paths(found, "/rrddata") if "/qemu/" in path}
    assert asked == known
    assert told.get("score", {"unknown": {}})["unknown"].get("bursts", 0) == (6 - len(known) if "score" in names else 0)
