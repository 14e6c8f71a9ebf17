# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Facts for the technical guards, laid over random clusters: processors, versions, storages, devices, tasks (drs-model 3.3)."""

from dataclasses import replace
from math import inf
from typing import Any

from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import (
    Cluster,
    Guest,
    Node,
    Obstacle,
    Precondition,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import GuestConfig, NodeDetails
from ansible_collections.pve.drs.tests.builders import GIB

# what is usual stands several times, so that most guests can move
FLAGS = frozenset({"popcnt", "pni", "sse4_1", "sse4_2", "ssse3", "aes"})
PROCESSORS = (("GenuineIntel", "Xeon"),) * 3 + (("GenuineIntel", "Xeon Gold"), ("AuthenticAMD", "EPYC"), (None, None))
VERSIONS = ("9.1.9",) * 4 + ("9.1.10", "8.4.21", None)
CPU_TYPES = (None, None, None, "kvm64", "host", "x86-64-v2-AES", "x86-64-v3", "EPYC", "custom-ours")
NO_LABELS: dict[str, str] = {}
LABELS = (NO_LABELS, NO_LABELS, {"a": "x", "b": "x"}, {"a": "x", "b": "y", "c": "x"})


def _details() -> st.SearchStrategy[NodeDetails]:
    return st.builds(
        lambda version, processor, flags, swap, merged: NodeDetails(
            version=version,
            cpu_vendor=processor[0],
            cpu_model=processor[1],
            cpu_flags=flags,
            swap_used_bytes=swap * GIB,
            swap_total_bytes=8 * GIB,
            ksm_bytes=merged * GIB,
        ),
        st.sampled_from(VERSIONS),
        st.sampled_from(PROCESSORS),
        st.sampled_from((FLAGS, FLAGS, FLAGS - {"aes"}, frozenset())),
        st.sampled_from((0.0, 4.0)),
        st.sampled_from((0.0, 2.0)),
    )


def _configs() -> st.SearchStrategy[GuestConfig]:
    return st.builds(
        GuestConfig,
        cpu=st.sampled_from(CPU_TYPES),
        mapped=st.sampled_from(((),) * 5 + (("pci/gpu",), ("pci/gpu", "usb/key"))),
        storages=st.sampled_from((frozenset(), frozenset({"ceph"}), frozenset({"local"}))),
        hugepages=st.sampled_from((None,) * 6 + ("any",)),
        affinity=st.sampled_from((None,) * 6 + ("0-3",)),
        hostnodes=st.sampled_from(({},) * 6 + ({"numa0": "0"},)),
    )


def _preconditions(names: tuple[str, ...]) -> st.SearchStrategy[Precondition]:
    there = st.dictionaries(st.sampled_from(names), st.just("not there"), max_size=1)
    obstacle = st.builds(Obstacle, anywhere=st.sampled_from((None,) * 7 + ("it cannot",)), by_node=there)
    return st.builds(
        Precondition,
        storage=obstacle,
        devices=obstacle,
        replication=obstacle,
        ha=obstacle,
        dragged=st.sampled_from((frozenset(),) * 5 + (frozenset({102}),)),
        copied=st.dictionaries(st.sampled_from(("local", "fast")), st.sampled_from((GIB, 60 * GIB, inf)), max_size=2),
    )


@st.composite
def with_guard_facts(draw: st.DrawFn, cluster: Cluster) -> Cluster:
    """Some of the nodes and guests were asked for more, as they are when a decision is made."""
    names = tuple(cluster.node_by_name)
    vmids = st.sampled_from([guest.vmid for guest in cluster.guests] or [999])
    found = draw(st.dictionaries(vmids, _preconditions(names), max_size=4))
    numbers = st.dictionaries(st.sampled_from(names), st.integers(0, 2))
    return replace(
        cluster,
        nodes=tuple(_node(draw, node) for node in cluster.nodes),
        guests=tuple(_guest(draw, guest) for guest in cluster.guests),
        preconditions={**found, **cluster.preconditions},
        tasks=draw(st.dictionaries(vmids, st.just("vzdump"), max_size=1)),
        mapped_devices={
            name: draw(numbers) for name in draw(st.sampled_from(((), ("pci/gpu",), ("pci/gpu", "usb/key"))))
        },
    )


def _node(draw: st.DrawFn, node: Node) -> Node:
    return replace(
        node,
        details=draw(st.one_of(st.none(), _details())),
        lost_storages=draw(st.sampled_from((frozenset(),) * 4 + (frozenset({"ceph"}),))),
        tells_balloons=draw(st.booleans()),
    )


def _guest(draw: st.DrawFn, guest: Guest) -> Guest:
    return replace(guest, config=draw(_configs()) if draw(st.integers(0, 2)) == 0 else guest.config)


def guard_options() -> dict[str, st.SearchStrategy[Any]]:
    """Fields of a policy."""
    return {
        "memory_overcommit": st.sampled_from((0.0, 0.8, 1.0, 2.0)),
        "cpu_overcommit": st.sampled_from((0.0, 0.5, 1.0, 4.0)),
        "max_disk_usage": st.sampled_from((0.0, 0.5, 0.8)),
        "cpu_classes": st.sampled_from(LABELS),
        "host_layouts": st.sampled_from(LABELS),
    }


def relabelled(labels: dict[str, str], prefix: str) -> dict[str, str]:
    """Labels of nodes, or anything else by node, of a cluster whose nodes have other names."""
    return {f"{prefix}{node}": label for node, label in labels.items()}


def precondition_elsewhere(known: Precondition, prefix: str, shift: int) -> Precondition:
    """The same of a cluster whose nodes and guests have other names and ids."""
    parts = {
        name: replace(getattr(known, name), by_node=relabelled(getattr(known, name).by_node, prefix))
        for name in ("storage", "devices", "replication", "ha")
    }
    dragged = frozenset(vmid + shift for vmid in known.dragged)
    return replace(known, by_node=relabelled(known.by_node, prefix), dragged=dragged, **parts)
