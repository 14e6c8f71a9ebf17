# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Of rules that contradict each other the older holds; what is said to be contradictory is so by trying everything."""

import random
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.rules import colouring
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import (
    RUN_ON,
    SEPARATE,
    TOGETHER,
    Clause,
    precedence,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rules.colouring import colour
from ansible_collections.pve.drs.plugins.module_utils.core.rules.conflicts import (
    CROWDED,
    IMPOSSIBLE,
    NOWHERE,
    TORN,
    accepted_from,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rules.settle import settle

ABC = frozenset("abc")


def clause(source, kind, vmids, nodes="", **facts):
    """Return a clause as old as its place in the alphabet, unless told otherwise."""
    facts.setdefault("age", (float(ord(source[0])), 0))
    return Clause(source=source, type=kind, vmids=tuple(vmids), nodes=frozenset(nodes), **facts)


def outcome(clauses, nodes=ABC):
    """Return the sources that hold, and what the others conflict with."""
    settled = settle(clauses, frozenset(nodes))
    rejected = {found.clause.source: [other.source for other in found.others] for found in settled.rejected}
    return "".join(held.source for held in settled.accepted), rejected


def test_the_newest_of_three_that_contradict_each_other_does_not_hold():
    """drs-model, example 3.2."""
    rules = [clause("t", TOGETHER, (1, 2)), clause("u", SEPARATE, (1, 3)), clause("v", TOGETHER, (2, 3))]
    assert outcome(rules) == ("tu", {"v": ["t", "u"]})
    [rejected] = settle(rules, ABC).rejected
    assert (rejected.conflict.kind, rejected.conflict.vmids) == (TORN, (1, 3))


@pytest.mark.parametrize("newer", ["s", "r"])
def test_more_guests_apart_than_there_are_nodes_for(newer):
    """drs-model, example 3.3, whichever of the two is newer."""
    rules = [
        clause("s", SEPARATE, (1, 2, 3), age=(1.0 + (newer == "s"), 0)),
        clause("r", RUN_ON, (1, 2, 3), "ab", age=(1.0 + (newer == "r"), 0)),
    ]
    older = "r" if newer == "s" else "s"
    assert outcome(rules) == (older, {newer: [older]})
    [rejected] = settle(rules, ABC).rejected
    assert rejected.conflict.kind == CROWDED
    assert (rejected.conflict.vmids, rejected.conflict.nodes) == ((1, 2, 3), frozenset("ab"))


HOME, CAGE = clause("a", RUN_ON, (1,), "a"), clause("d", RUN_ON, (3,), "a")
PAIRS = [(1, 2), (2, 3), (3, 1), (4, 1), (4, 2)]
SQUARE = [clause(name, SEPARATE, pair) for name, pair in zip("abcde", PAIRS, strict=True)]


@pytest.mark.parametrize(
    ("clauses", "expected", "kind"),
    [
        ([clause("a", SEPARATE, (1, 2, 3, 4))], ("", {"a": []}), CROWDED),
        ([clause("a", RUN_ON, (1,), "")], ("", {"a": []}), NOWHERE),
        ([clause("a", RUN_ON, (1, 2), "a"), clause("b", RUN_ON, (2, 3), "b")], ("a", {"b": ["a"]}), NOWHERE),
        (
            [clause("a", RUN_ON, (1,), "a"), clause("b", RUN_ON, (2,), "b"), clause("c", TOGETHER, (1, 2))],
            ("ab", {"c": ["a", "b"]}),
            NOWHERE,
        ),
        (
            [clause("a", TOGETHER, (1, 2)), clause("b", TOGETHER, (2, 3)), clause("c", SEPARATE, (1, 3, 4))],
            ("ab", {"c": ["a", "b"]}),
            TORN,
        ),
        (
            [HOME, clause("b", SEPARATE, (2, 3)), clause("c", TOGETHER, (1, 2)), CAGE],
            ("abc", {"d": list("abc")}),
            CROWDED,
        ),
        (
            [HOME, clause("b", SEPARATE, (2, 3)), clause("e", TOGETHER, (1, 2)), CAGE],
            ("abd", {"e": list("abd")}),
            CROWDED,
        ),
        (
            [*SQUARE, clause("f", SEPARATE, (3, 4)), clause("g", SEPARATE, (5, 6))],
            ("abcdeg", {"f": list("abcde")}),
            IMPOSSIBLE,
        ),
    ],
    ids=["alone", "no node", "two lists", "bundle nowhere", "in a bundle", "narrowed", "joined", "four all apart"],
)
def test_what_does_not_go_together(clauses, expected, kind):
    assert outcome(clauses) == expected
    assert {rejected.conflict.kind for rejected in settle(clauses, ABC).rejected} == {kind}


def test_what_only_a_search_finds_makes_no_difference_to_newer_rules():
    """Rule f falls only by a search, after g was left out because of it; without f, g holds."""
    rules = [*SQUARE, clause("f", SEPARATE, (3, 4)), clause("g", TOGETHER, (3, 4))]
    held, rejected = outcome(rules)
    assert (held, list(rejected)) == ("abcdeg", ["f"])


def test_two_searches_in_a_row():
    squares = [*PAIRS, (3, 4)]
    rules = [clause(f"b{place}", SEPARATE, pair) for place, pair in enumerate(squares)]
    rules += [clause(f"a{place}", SEPARATE, (a + 10, b + 10)) for place, (a, b) in enumerate(squares)]
    _held, rejected = outcome(rules)
    assert sorted(rejected) == ["a5", "b5"]


def test_what_may_hold_after_all_is_heard_before_the_next_search():
    """Without f, g holds; k falls because of that and of all others."""
    rules = [*SQUARE, clause("f", SEPARATE, (3, 4)), clause("g", TOGETHER, (3, 4))]
    rules += [clause(name, SEPARATE, pair) for name, pair in zip("ijk", ((1, 5), (2, 5), (3, 5)), strict=True)]
    held, rejected = outcome(rules)
    assert (held, list(rejected)) == ("abcdegij", ["f", "k"])


def all_apart(guests):
    pairs = list(combinations(range(1, guests + 1), 2))
    return [clause(chr(ord("a") + place), SEPARATE, pair) for place, pair in enumerate(pairs)]


def test_many_that_only_a_search_tells_apart():
    """Six guests on three nodes, every two of them apart by a rule of its own."""
    held, rejected = outcome(all_apart(6))
    assert held == "abcdefghi"
    assert list(rejected) == list("jklmno")


def test_without_patience_more_is_named_than_it_takes(monkeypatch):
    few = outcome(all_apart(6))
    monkeypatch.setattr(colouring, "SEARCH_WORK", 0)
    held, rejected = outcome(all_apart(6))
    assert held == few[0]
    assert all(set(rejected[name]) >= set(others) for name, others in few[1].items())
    assert rejected != few[1]


def test_without_patience_the_newest_falls(monkeypatch):
    """The whole circle around a hub is searched, and then nobody looks which of its rules it takes."""
    rim = [(place, place % 5 + 1) for place in range(1, 6)]
    pairs = [*((0, place) for place in range(1, 6)), *rim]
    rules = [clause(name, SEPARATE, pair) for name, pair in zip("abcdefghij", pairs, strict=True)]
    monkeypatch.setattr(colouring, "SEARCH_WORK", 120)
    assert list(outcome(rules)[1]) == ["j"]


def test_dozens_of_large_rules_that_contradict_each_other_take_no_time():
    """Forty times forty of a hundred guests apart, on 48 nodes: looks are counted, as seconds depend on the machine."""
    dice, nodes = random.Random(3), frozenset(f"n{place}" for place in range(48))
    rules = [
        clause(f"r{place}", SEPARATE, tuple(sorted(dice.sample(range(100), 40))), age=(place, 0)) for place in range(40)
    ]
    patience = colouring.Patience()
    settled = settle(rules, nodes)
    assert len(settled.accepted) + len(settled.rejected) == 40
    assert len(settled.rejected) > 20
    assert colour(accepted_from(settled.accepted, nodes), patience).impossible == ()


def test_no_way_although_no_few_of_them_are_in_each_others_way():
    """A hub and five guests in a circle around it, on three nodes: only a search tells."""
    rim = [(place, place % 5 + 1) for place in range(1, 6)]
    pairs = [*((0, place) for place in range(1, 6)), *rim]
    rules = [clause(name, SEPARATE, pair) for name, pair in zip("abcdefghij", pairs, strict=True)]
    assert outcome(rules) == ("abcdefghi", {"j": list("abcdefghi")})


@pytest.mark.parametrize(
    ("first", "second", "held"),
    [
        (clause("t", TOGETHER, (1, 2), age=(0.0, 0)), clause("s", SEPARATE, (1, 2), age=(0.0, 0)), "s"),
        (clause("t", TOGETHER, (1, 2), age=(0.0, 0)), clause("s", SEPARATE, (1, 2), age=(0.0, 1)), "t"),
        (clause("t", TOGETHER, (1, 2), age=(9.0, 0), rank=1), clause("s", SEPARATE, (1, 2), rank=2), "t"),
        (clause("x", SEPARATE, (1, 2), age=(0.0, 0)), clause("b", TOGETHER, (1, 2), age=(0.0, 0)), "x"),
    ],
    ids=["same age", "older", "rank before age", "kind before name"],
)
def test_who_wins(first, second, held):
    assert outcome([first, second])[0] == held
    assert outcome([second, first])[0] == held


def test_without_nodes_nothing_holds_that_needs_one():
    assert outcome([clause("a", SEPARATE, (1, 2)), clause("b", TOGETHER, (1, 2))], "") == ("", {"a": [], "b": []})


def test_a_search_that_gives_up_leaves_the_rules_in_force(monkeypatch):
    """Three guests apart from three others can be kept apart, only nobody looked."""
    pairs = product((1, 2, 3), (4, 5, 6))
    rules = [clause(name, SEPARATE, pair) for name, pair in zip("abcdefghi", pairs, strict=True)]
    assert settle(rules, ABC).unproven == ()
    monkeypatch.setattr(colouring, "SEARCH_NODES", 1)
    settled = settle(rules, ABC)
    assert len(settled.accepted) == 9
    assert [[held.source for held in group] for group in settled.unproven] == [list("abcdefghi")]


def test_a_search_goes_back_where_it_must():
    """With the fewest choices first, 1 takes a, which the search has to take back."""
    rules = [
        clause("a", SEPARATE, (1, 2)),
        clause("b", SEPARATE, (2, 3)),
        clause("c", SEPARATE, (3, 4)),
        clause("d", SEPARATE, (4, 1)),
        clause("e", RUN_ON, (1,), "ab"),
        clause("f", RUN_ON, (2,), "ab"),
        clause("g", RUN_ON, (3,), "ac"),
        clause("h", RUN_ON, (4,), "bc"),
    ]
    assert colour(accepted_from(rules, ABC)).impossible == ()


NODES = ("a", "b", "c")
GUESTS = (1, 2, 3, 4, 5)
subsets = st.lists(st.sampled_from(GUESTS), min_size=2, max_size=4, unique=True).map(sorted)
some_nodes = st.sets(st.sampled_from(NODES), max_size=3)


@st.composite
def clauses(draw, least=0):
    kinds = st.one_of(
        st.tuples(st.just(TOGETHER), subsets, st.just(frozenset())),
        st.tuples(st.just(SEPARATE), subsets, st.just(frozenset())),
        st.tuples(st.just(SEPARATE), subsets.map(lambda found: found[:2]), st.just(frozenset())),
        st.tuples(st.just(RUN_ON), subsets, some_nodes),
    )
    drawn = draw(st.lists(kinds, min_size=least, max_size=9))
    ages = draw(st.lists(st.integers(0, 4), min_size=len(drawn), max_size=len(drawn)))
    return [
        clause(f"r{place}", kind, vmids, nodes, age=(float(age), 0))
        for place, ((kind, vmids, nodes), age) in enumerate(zip(drawn, ages, strict=True))
    ]


def is_kept(clause, where):
    """By definition."""
    found = [where[vmid] for vmid in clause.vmids]
    if clause.type == RUN_ON:
        return set(found) <= clause.nodes
    return len(set(found)) == (1 if clause.type == TOGETHER else len(found))


def can_be_kept(clauses):
    """By trying every placement."""
    placements = (dict(zip(GUESTS, nodes, strict=True)) for nodes in product(NODES, repeat=len(GUESTS)))
    return any(all(is_kept(clause, where) for clause in clauses) for where in placements)


@given(clauses())
def test_law_the_rules_that_hold_can_all_be_kept_and_no_other_with_those_older(rules):
    """drs-model 9.1, law 21."""
    settled = settle(rules, frozenset(NODES))
    assert settled.unproven == ()
    assert can_be_kept(settled.accepted)
    for rejected in settled.rejected:
        older = [held for held in settled.accepted if precedence(held) < precedence(rejected.clause)]
        assert not can_be_kept([*older, rejected.clause])


@given(clauses())
def test_law_what_a_rule_conflicts_with_is_minimal(rules):
    for rejected in settle(rules, frozenset(NODES)).rejected:
        involved = [*rejected.others, rejected.clause]
        assert not can_be_kept(involved)
        for one in involved:
            assert can_be_kept([clause for clause in involved if clause is not one])


@given(clauses(least=1))
def test_law_a_newer_rule_never_disables_an_older_one(rules):
    *older, newest = sorted(rules, key=precedence)
    before, after = settle(older, frozenset(NODES)), settle(rules, frozenset(NODES))
    assert [held for held in after.accepted if held is not newest] == list(before.accepted)


@given(clauses(), st.randoms(use_true_random=False))
def test_law_the_order_of_the_list_does_not_matter(rules, dice):
    shuffled = list(rules)
    dice.shuffle(shuffled)
    assert settle(shuffled, frozenset(NODES)) == settle(rules, frozenset(NODES))
