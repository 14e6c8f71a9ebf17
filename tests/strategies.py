# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Random clusters and policies for laws: small, varied, and with everything in them that can go wrong."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import METHODS
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import (
    Cluster,
    Guest,
    Migration,
    Node,
    Precondition,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import Balloon, LocalStorage
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    HaConfig,
    HaResource,
    NodeAffinity,
    ResourceAffinity,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest, disks
from ansible_collections.pve.drs.tests.guard_facts import guard_options, with_guard_facts

# those that look back need a past, see tests/histories.py
PRESENT_METHODS = sorted(
    name for name, method in METHODS.items() if method.estimator is None and not method.needs.node_pressure
)
NAMES = ("a", "b", "c", "d", "e")
SIZES = ((4, 16), (8, 64), (8, 100), (16, 100), (32, 256))
# what is usual stands several times, so that most guests can move
STATUSES = ("running",) * 6 + ("stopped", "paused", "unknown")
LOCKS = (None,) * 7 + ("backup",)
TAGS = (frozenset(),) * 8 + (frozenset({"db"}), frozenset({"drs-pin"}), frozenset({"drs-ignore"}))
HA_STATES = (None,) * 6 + ("started", "started", "error", "migrate", "ignored")
BALLOONS = (None,) * 4 + tuple(Balloon(bytes=12 * GIB, least_bytes=4 * GIB, shares=shares) for shares in (0.0, 1000.0))
HA_NODES = ({"a": 0, "b": 0}, {"a": 1, "b": 2}, {"c": 1}, {"b": 3, "c": 1, "d": 1})
NODE_STATES = ("online",) * 8 + ("offline", "unknown")
NODE_HA_STATES = (None,) * 6 + ("online", "online", "maintenance", "fence")


def amounts(cores: int, gib: int) -> st.SearchStrategy[Resources]:
    """Up to so many cores, in hundredths, and so many GiB, in halves."""
    return st.builds(
        lambda cpu, memory: Resources(cpu / 100, memory * GIB / 2),
        st.integers(0, 100 * cores),
        st.integers(0, 2 * gib),
    )


@st.composite
def guests(draw: st.DrawFn, vmid: int, nodes: tuple[str, ...], *, plain: bool = False) -> Guest:
    """One guest; a plain one runs and nothing holds it."""
    demand = draw(amounts(4, 30))
    facts: dict[str, Any] = {} if plain else draw(_odd_facts())
    return Guest(
        vmid=vmid,
        name=draw(st.sampled_from(("", "web", "db"))),
        node=draw(st.sampled_from(nodes)),
        demand=demand,
        size=Resources(draw(st.sampled_from((1.0, 2.0, 4.0, 12.0))), demand.memory),
        vcpus=draw(st.sampled_from((None,) * 5 + (16.0,))),
        balloon=draw(st.sampled_from(BALLOONS)),
        local_volumes=disks(draw(st.sampled_from(("0G", "20G", "50G", "120G") if plain else ("0G", "50G", None)))),
        **facts,
    )


def _odd_facts() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "type": st.sampled_from(("qemu", "qemu", "lxc")),
            "status": st.sampled_from(STATUSES),
            "lock": st.sampled_from(LOCKS),
            "tags": st.sampled_from(TAGS),
            "pool": st.sampled_from((None, None, "prod")),
            "hastate": st.sampled_from(HA_STATES),
            "is_estimated": st.sampled_from((False,) * 7 + (True,)),
            "is_template": st.sampled_from((False,) * 9 + (True,)),
        }
    )


@st.composite
def _nodes(draw: st.DrawFn, name: str, demands: list[Resources], *, plain: bool = False) -> Node:
    cores, gib = draw(st.sampled_from(SIZES))
    usage = sum(demands, start=draw(amounts(1, 4)))
    if draw(st.integers(0, 7)) == 0:
        usage = Resources(usage.cpu / 2, usage.memory / 2)  # guests report more than their node (drs-model 2.9)
    status = "online" if plain else draw(st.sampled_from(NODE_STATES))
    if status != "online":
        return Node(name=name, status=status, capacity=None, usage=None)
    hastate = None if plain else draw(st.sampled_from(NODE_HA_STATES))
    return Node(
        name=name,
        capacity=Resources(float(cores), gib * GIB),
        usage=usage,
        hastate=hastate,
        local_storages=tuple(draw(st.lists(_storages(), min_size=1, max_size=2))),
    )


def _storages() -> st.SearchStrategy[LocalStorage]:
    """Few figures, so that two of a node are often one pool."""
    return st.builds(
        LocalStorage,
        id=st.sampled_from(("local", "fast")),
        plugintype=st.sampled_from(("dir", "lvmthin")),
        used_bytes=st.sampled_from((0.0, 60 * GIB, 150 * GIB)),
        total_bytes=st.sampled_from((200 * GIB, 500 * GIB)),
    )


@st.composite
def clusters(draw: st.DrawFn, *, plain: bool = False, least_nodes: int = 1, most_guests: int = 14) -> Cluster:
    """Some nodes and guests; a plain cluster has nothing that holds a guest back."""
    names = NAMES[: draw(st.integers(least_nodes, len(NAMES)))]
    # a cluster is rarely balanced when half of its nodes are empty
    crowded = names[: draw(st.integers(1, len(names)))]
    found = [draw(guests(101 + number, crowded, plain=plain)) for number in range(draw(st.integers(0, most_guests)))]
    facts = {} if plain else draw(_facts(found, names))
    nodes = [draw(_nodes(name, _demands(found, name), plain=plain)) for name in names]
    if nodes[0].is_online and len(nodes) > 1 and draw(st.booleans()):
        nodes[-1] = replace(nodes[-1], local_storages=())
    cluster = Cluster(nodes=tuple(nodes), guests=tuple(found), **facts)
    return cluster if plain or draw(st.booleans()) else draw(with_guard_facts(cluster))


def _demands(found: list[Guest], node: str) -> list[Resources]:
    return [guest.demand for guest in found if guest.node == node and guest.is_active]


@st.composite
def _facts(draw: st.DrawFn, found: list[Guest], names: tuple[str, ...]) -> dict[str, Any]:
    """What else is known of a cluster: mostly nothing."""
    vmids = st.sampled_from([guest.vmid for guest in found] or [999])
    home = {guest.vmid: guest.node for guest in found}
    under_way = draw(st.lists(vmids, max_size=2, unique=True)) if draw(st.integers(0, 5)) == 0 else []
    targets = st.sampled_from((None, *names))
    reasons = st.builds(
        lambda anywhere, by_node: Precondition(anywhere=anywhere, by_node=by_node),
        st.sampled_from((None, None, "it has a local disk")),
        st.dictionaries(st.sampled_from(names), st.just("the storage is missing there"), max_size=2),
    )
    return {
        "migrations": tuple(Migration(vmid=v, source=home.get(v, "a"), target=draw(targets)) for v in under_way),
        "auto_rebalance": draw(st.sampled_from((False, False, False, True))),
        "ha": draw(_ha([guest for guest in found if guest.vmid not in under_way])),
        "preconditions": draw(st.dictionaries(vmids, reasons, max_size=3)),
    }


def _ha(found: list[Guest]) -> st.SearchStrategy[HaConfig]:
    """Few rules, any of which may contradict any other; now and then HA is disarmed."""
    managed = [guest for guest in found if guest.hastate]
    some = st.frozensets(st.sampled_from([guest.sid for guest in managed] or ["vm:999"]), min_size=1, max_size=3)
    flag = st.booleans()
    resources = st.tuples(*(_resource(guest) for guest in managed))
    bound = st.lists(st.builds(ResourceAffinity, name=st.just("bound"), sids=some, is_positive=flag), max_size=3)
    homes = st.builds(NodeAffinity, name=st.just("home"), sids=some, nodes=st.sampled_from(HA_NODES), is_strict=flag)
    return st.builds(
        lambda mode, known, bound, home: HaConfig(
            mode=mode,
            resources=known,
            resource_affinities=tuple(replace(rule, name=f"bound-{number}") for number, rule in enumerate(bound)),
            node_affinities=home,
        ),
        st.sampled_from(("armed",) * 9 + ("freeze",)),
        resources,
        bound,
        st.one_of(st.just(()), st.tuples(homes)),
    )


def _resource(guest: Guest) -> st.SearchStrategy[HaResource]:
    state = "ignored" if guest.hastate == "ignored" else "started"
    likely = st.sampled_from((True, True, False))
    return st.builds(HaResource, sid=st.just(guest.sid), state=st.just(state), fails_back=likely, auto_rebalance=likely)


@st.composite
def small_clusters(draw: st.DrawFn) -> Cluster:
    """Three nodes with a handful of guests, drawn with few choices, so that thousands of them take seconds."""
    homes = draw(st.lists(st.sampled_from("aaabc"), min_size=3, max_size=7))
    sizes = draw(st.lists(st.sampled_from((2, 8, 20, 30)), min_size=len(homes), max_size=len(homes)))
    odd = draw(st.dictionaries(st.sampled_from(range(len(homes))), st.sampled_from(ODDITIES), max_size=2))
    found = [
        a_guest(101 + number, home, f"{size / 20}c/{size}G", **(odd.get(number) or {}))
        for number, (home, size) in enumerate(zip(homes, sizes, strict=True))
    ]
    nodes = {name: {"capacity": draw(st.sampled_from(("4c/64G", "8c/100G")))} for name in "abc"}
    if draw(st.integers(0, 5)) == 0:
        nodes[draw(st.sampled_from("abc"))]["hastate"] = "maintenance"
    under_way = draw(st.sampled_from((None,) * 9 + (101, 102)))
    target = draw(st.sampled_from((None, "b", "c")))
    return a_cluster(
        nodes,
        found,
        migrations=(Migration(vmid=under_way, source=homes[under_way - 101], target=target),) if under_way else (),
        preconditions=draw(
            st.sampled_from(({},) * 4 + ({102: Precondition(by_node={"b": "its disk is missing there"})},))
        ),
    )


ODDITIES = (
    {"lock": "backup"},
    {"type": "lxc"},
    {"status": "stopped"},
    {"tags": ("drs-pin",)},
    {"tags": ("drs-ignore",)},
    {"size": "6c/20G"},
)


def small_policies() -> st.SearchStrategy[Policy]:
    """Rules of all types between guests of small clusters."""
    few = Rule(name="few", type="max_guests", count=2, nodes=("b",))
    return st.builds(
        lambda bound, has_few, **options: Policy(rules=bound + ((few,) if has_few else ()), **options),
        binding_rules(most=4, highest_vmid=107),
        st.integers(0, 4).map(lambda number: number == 0),
        balanciness=st.sampled_from((0.02, 0.1)),
        memory_max=st.sampled_from((0.6, 0.9)),
        cpu_max=st.sampled_from((0.6, 0.9)),
        excluded_nodes=st.sampled_from((frozenset(),) * 4 + (frozenset({"c"}),)),
        rules_scope=st.sampled_from(("running", "all")),
        limits=st.sampled_from((Limits(), Limits(max_moves=2), Limits(max_parallel=1))),
    )


def limits(max_moves: int | None = None) -> st.SearchStrategy[Limits]:
    most = st.integers(0, 10) if max_moves is None else st.just(max_moves)
    return st.builds(Limits, max_moves=most, max_parallel=st.integers(1, 5), max_parallel_per_node=st.integers(1, 3))


def rules() -> st.SearchStrategy[tuple[Rule, ...]]:
    """Of those that stand for themselves at most one of each kind, and some that bind guests to each other or to nodes."""
    return st.tuples(_single_rules(), binding_rules()).map(lambda found: found[0] + found[1])


def binding_rules(most: int = 3, highest_vmid: int = 114) -> st.SearchStrategy[tuple[Rule, ...]]:
    """Any of them may contradict any other."""
    several = GuestSelector(tags=frozenset({"db"}), pools=frozenset({"prod"}))
    some = st.frozensets(st.integers(101, highest_vmid), min_size=1, max_size=4)
    rule = st.builds(
        Rule,
        name=st.just("bound"),
        type=st.sampled_from(("together", "together", "separate", "separate", "run_on", "not_run_on")),
        strength=st.sampled_from(("must", "must", "should")),
        guests=st.one_of(st.builds(GuestSelector, vmids=some), st.builds(GuestSelector, vmids=some), st.just(several)),
        nodes=st.sampled_from((("a", "b"), ("b",), ("b", "c", "d"), ("c", "a"), ("a",))),
    )
    return st.lists(rule, max_size=most).map(_numbered)


def _numbered(found: list[Rule]) -> tuple[Rule, ...]:
    return tuple(replace(rule, name=f"{rule.strength}-{number}") for number, rule in enumerate(found))


def _single_rules() -> st.SearchStrategy[tuple[Rule, ...]]:
    members = st.builds(
        GuestSelector,
        vmids=st.frozensets(st.integers(101, 114), max_size=2),
        names=st.sampled_from((frozenset(), frozenset({"db"}))),
        tags=st.sampled_from((frozenset(), frozenset({"db"}))),
        pools=st.sampled_from((frozenset(), frozenset({"prod"}))),
    )
    kinds = {
        "pin": st.builds(Rule, name=st.just("stay"), type=st.just("pin"), guests=members),
        "ignore": st.builds(Rule, name=st.just("hands-off"), type=st.just("ignore"), guests=members),
        "max_guests": st.builds(
            Rule,
            name=st.just("few"),
            type=st.just("max_guests"),
            count=st.integers(0, 6),
            nodes=st.sampled_from(((), ("a",), ("b", "c"))),
        ),
    }
    return st.lists(st.sampled_from(list(kinds)), max_size=2, unique=True).flatmap(
        lambda names: st.tuples(*(kinds[name] for name in names))
    )


def policies(max_moves: int | None = None) -> st.SearchStrategy[Policy]:
    return st.builds(
        Policy,
        method=st.sampled_from(PRESENT_METHODS),
        method_weights=st.sampled_from(({"memory": 1.0, "cpu": 1.0}, {"cpu": 2.0, "disk": 1.0, "memory": 0.0})),
        assigned_scope=st.sampled_from(("running", "all")),
        triggers=st.sampled_from((("balanciness",),) * 4 + (("variation", "outliers"), ("outliers",), ())),
        balanciness=st.sampled_from((0.0, 0.05, 0.1, 0.3)),
        variation_max=st.sampled_from((0.1, 0.3)),
        memory_max=st.sampled_from((0.5, 0.8, 0.9)),
        cpu_max=st.sampled_from((0.5, 0.8, 0.9)),
        excluded_nodes=st.sampled_from((frozenset(),) * 4 + (frozenset({"b"}),)),
        auto_rebalance=st.sampled_from(("refuse", "coexist")),
        restart_containers=st.booleans(),
        **guard_options(),
        rules=rules(),
        rules_scope=st.sampled_from(("running", "running", "all")),
        limits=limits(max_moves),
    )
