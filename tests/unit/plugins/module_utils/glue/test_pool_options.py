# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Option pools: what it takes, and that every complaint names the pool."""

from math import inf

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import Terms
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector
from ansible_collections.pve.drs.plugins.module_utils.glue.pool_options import pools_from

GIB = 2.0**30


def test_a_tree_by_children_and_by_parent():
    nested = [{"name": "a", "children": [{"name": "b", "children": [{"name": "c"}]}, {"name": "d"}]}]
    named = [{"name": "a"}, {"name": "b", "parent": "a"}, {"name": "c", "parent": "b"}, {"name": "d", "parent": "a"}]
    assert pools_from(nested) == pools_from(named)
    assert [(pool.name, pool.parent) for pool in pools_from(nested)] == [
        ("a", None),
        ("b", "a"),
        ("c", "b"),
        ("d", "a"),
    ]


def test_everything_that_a_pool_takes():
    (pool,) = pools_from(
        [
            {
                "name": "web",
                "shares": "High",
                "expandable": "no",
                "scalable": True,
                "cpu": {"reservation": "1.5", "limit": 8, "scalable": "count"},
                "memory": {"shares": "4000", "reservation": 512, "limit": "1.5T", "expandable": True, "scalable": None},
                "members": {"tag": "web", "pool": ["shop", "a/b"]},
                "guests": [{"vmid": "101", "shares": "low", "memory": {"reservation": "2 GiB", "limit": "4096M"}}],
            }
        ]
    )
    assert pool.terms["cpu"] == Terms(shares="high", reservation=1.5, limit=8, expandable=False, scalable="count")
    assert pool.terms["memory"] == Terms(shares=4000, reservation=GIB / 2, limit=1536 * GIB, scalable="shares")
    assert pool.members == GuestSelector(tags=frozenset({"web"}), pools=frozenset({"shop", "a/b"}))
    assert pool.guests[101]["cpu"] == Terms(shares="low")
    assert pool.guests[101]["memory"] == Terms(shares="low", reservation=2 * GIB, limit=4 * GIB)


def test_what_is_not_given_is_usual():
    (pool,) = pools_from([{"name": "web", "members": [101, "102"], "cpu": None, "guests": None, "children": None}])
    assert pool.terms == {"cpu": Terms(), "memory": Terms()}
    assert (pool.terms["cpu"].limit, pool.terms["cpu"].expandable, pool.terms["cpu"].scalable) == (inf, True, "fixed")
    assert pool.members.vmids == {101, 102}


WEB = {"name": "web"}
WRONG = {
    "no list": ({"name": "web"}, "pools is {'name': 'web'}, but must be a list"),
    "no dictionary": (["web"], "pools: entry number 1 is 'web', but must be a dictionary such as {name: web}"),
    "no name": ([{"members": [101]}], "pools: pool number 1 has no name"),
    "a number for a name": (
        [WEB | {"name": 2026}],
        "pools: pool number 1 has the name 2026, but a name must be a text; put quotes around it",
    ),
    "a child without a name": ([WEB | {"children": [{}]}], "pool web: children: pool number 1 has no name"),
    "children that are none": ([WEB | {"children": "db"}], "pool web: children is 'db', but must be a list"),
    "a key": (
        [WEB | {"weight": 1}],
        "pool web: weight is not known here; known are name, parent, children, members, guests, cpu, memory, shares, expandable, scalable",
    ),
    "a key of a resource": (
        [WEB | {"cpu": {"share": 1}}],
        "pool web: cpu: share is not known here; known are shares, reservation, limit, expandable, scalable",
    ),
    "a resource": (
        [WEB | {"cpu": 8}],
        "pool web: cpu is 8, but must be a dictionary of shares, reservation, limit, expandable, scalable",
    ),
    "two parents": (
        [WEB | {"children": [{"name": "db", "parent": "top"}]}],
        "pool db: is among the children of web, and its parent is top",
    ),
    "a level": (
        [WEB | {"shares": "huge"}],
        "pool web: cpu: shares is huge, but must be high, normal, low, or a whole number",
    ),
    "half a share": (
        [WEB | {"cpu": {"shares": 0.5}}],
        "pool web: cpu: shares is 0.5, but must be high, normal, low, or a whole number",
    ),
    "negative shares": (
        [WEB | {"cpu": {"shares": -4}}],
        "pools: pool web: cpu shares are -4, but must be between 1 and 100000000, or high, normal or low",
    ),
    "true shares": (
        [WEB | {"memory": {"shares": True}}],
        "pool web: memory: shares is True, but must be high, normal, low, or a whole number",
    ),
    "cores in bytes": (
        [WEB | {"cpu": {"limit": "8G"}}],
        "pool web: cpu: limit is 8G, but must be a number of cores, such as 2 or 0.5",
    ),
    "no amount": (
        [WEB | {"memory": {"limit": "much"}}],
        "pool web: memory: limit is much, but must be a number of MiB, or a text such as 64G",
    ),
    "endless": (
        [WEB | {"cpu": {"limit": "9" * 400}}],
        f"pool web: cpu: limit is {'9' * 400}, but must be a number of cores, such as 2 or 0.5",
    ),
    "a true amount": (
        [WEB | {"cpu": {"limit": True}}],
        "pool web: cpu: limit is True, but must be a number of cores, such as 2 or 0.5",
    ),
    "neither": ([WEB | {"expandable": "perhaps"}], "pool web: cpu: expandable: perhaps is neither true nor false"),
    "scalable by what": ([WEB | {"scalable": "size"}], "pool web: cpu: scalable: size is neither true nor false"),
    "members by nothing": (
        [WEB | {"members": {"label": "x"}}],
        "pool web: guests cannot be chosen by label; known are vmid, name, tag, pool, type, pattern, or a plain list of vmids",
    ),
    "a guest that is none": (
        [WEB | {"guests": [101]}],
        "pool web: guests: 101 must be a dictionary such as {vmid: 101, cpu: {reservation: 2}}",
    ),
    "a guest without a number": (
        [WEB | {"guests": [{"vmid": "db"}]}],
        "pool web: guests: vmid is db, but must be the number of a guest",
    ),
    "a guest of a low number": (
        [WEB | {"guests": [{"vmid": 7}]}],
        "pool web: guests: vmid is 7, but must be the number of a guest",
    ),
    "a guest twice": (
        [WEB | {"guests": [{"vmid": 101, "shares": "high"}, {"vmid": "101", "shares": "low"}]}],
        "pool web: guests: guest 101 is given more than once",
    ),
    "a guest that scales": (
        [WEB | {"guests": [{"vmid": 101, "cpu": {"scalable": True}}]}],
        "pool web: guest 101: cpu: scalable is not known here; known are shares, reservation, limit",
    ),
    "all at once": (
        [WEB, WEB, {"name": "db", "cpu": {"limit": 0}}],
        "pools: two pools are called web; every pool needs a name of its own; pool db: cpu limit is 0 cores, but must be more than 0",
    ),
}


@pytest.mark.parametrize(("given", "text"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_refused(given, text):
    with pytest.raises(BadPolicy) as caught:
        pools_from(given)
    assert str(caught.value) == text
