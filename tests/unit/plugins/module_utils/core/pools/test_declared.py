# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Declarations that make no sense are named, with the pool and the numbers."""

from math import inf, nan

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.pools.declared import MOST_LEVELS, mistakes
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import tree_of
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.pools import a_pool

CHAIN = [a_pool("p0"), *(a_pool(f"p{level}", parent=f"p{level - 1}") for level in range(1, MOST_LEVELS + 1))]
WRONG = {
    "a name twice": ([a_pool("a"), a_pool("a")], "two pools are called a; every pool needs a name of its own"),
    "an unknown parent": ([a_pool("a", parent="b")], "pool a: parent b is no pool; declared are a"),
    "a cycle": ([a_pool("a", parent="b"), a_pool("b", parent="a")], "pool a is in a cycle: a is in b is in a"),
    "in itself": ([a_pool("a", parent="a")], "pool a is in a cycle: a is in a"),
    "below a cycle": (
        [a_pool("c", parent="a"), a_pool("a", parent="b"), a_pool("b", parent="a")],
        "pool c is in a cycle: c is in a is in b is in a",
    ),
    "too deep": (CHAIN, f"pool p{MOST_LEVELS} is nested more than {MOST_LEVELS} levels deep"),
    "no shares": (
        [a_pool("a", cpu={"shares": 0})],
        "pool a: cpu shares are 0, but must be between 1 and 100000000, or high, normal or low",
    ),
    "absurd shares": (
        [a_pool("a", memory={"shares": 10**12})],
        "pool a: memory shares are 1000000000000, but must be between 1 and 100000000, or high, normal or low",
    ),
    "negative shares of a guest": (
        [a_pool("a", guests={101: {"cpu": {"shares": -5}}})],
        "pool a: guest 101: cpu shares are -5, but must be between 1 and 100000000, or high, normal or low",
    ),
    "a negative reservation": (
        [a_pool("a", memory={"reservation": -2})],
        "pool a: memory reservation is -2 GiB, but must be 0 or more",
    ),
    "an endless reservation": (
        [a_pool("a", cpu={"reservation": inf})],
        "pool a: cpu reservation is inf cores, but must be 0 or more",
    ),
    "no limit at all": ([a_pool("a", cpu={"limit": 0})], "pool a: cpu limit is 0 cores, but must be more than 0"),
    "no number": ([a_pool("a", cpu={"limit": nan})], "pool a: cpu limit is nan cores, but must be more than 0"),
    "a limit below the reservation": (
        [a_pool("a", cpu={"reservation": 8, "limit": 4.5})],
        "pool a: cpu limit 4.5 cores is below its reservation of 8 cores",
    ),
}


@pytest.mark.parametrize(("pools", "expected"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_named(pools, expected):
    assert expected in tuple(mistakes(pools))


def test_what_makes_sense_is_left_alone():
    assert not tuple(mistakes([*CHAIN[:MOST_LEVELS], a_pool("web", cpu={"reservation": 4, "limit": 4})]))


CLUSTER = a_cluster(
    {"a": "8c/100G"},
    [
        a_guest(101, name="web", tags=("web",), pool="shop"),
        a_guest(102),
        a_guest(900, is_template=True, status="stopped"),
    ],
)


def test_members():
    tree = tree_of([a_pool("child", (101,), parent="top"), a_pool("top", guests={102: {"cpu": {"limit": 1}}})], CLUSTER)
    assert list(tree.pools) == ["top", "child"]
    assert tree.below == {"": ("top",), "top": ("child",)}
    assert tree.members == {"": (), "top": (102,), "child": (101,)}
    assert tree.terms_of(102)["cpu"].limit == 1
    assert tree.terms_of(101)["cpu"].limit == inf
    assert not tree.problems


def test_the_first_of_two_pools_has_the_guest():
    tree = tree_of([a_pool("one", (101,)), a_pool("two", (101, 102))], CLUSTER)
    assert tree.problems == ("guest 101 is in 2 pools, one and two; it can be in one only",)
    assert tree.members == {"": (), "one": (101,), "two": (102,)}


def test_unknown_members_and_templates():
    tree = tree_of([a_pool("one", (101, 555, 900), guests={777: {}})], CLUSTER)
    assert tree.problems == (
        "pool one names guest 555, which no guest matches",
        "pool one names guest 777, which no guest matches",
        "pool one has guest 900 as a member, which is a template and never runs",
    )
    assert tree.members == {"": (102,), "one": (101,)}
