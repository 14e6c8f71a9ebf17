# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Facts -> metrics in the text format of Prometheus, for the textfile collector of its node exporter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Facts = Mapping[str, Any]
Sample: TypeAlias = "tuple[dict[str, str], float | None]"


@dataclass(frozen=True, slots=True)
class Family:
    """One metric; `subset` is the part of the facts that it needs, `samples` gives labels and value."""

    name: str
    subset: str
    describes: str
    samples: Callable[[Facts], Iterable[Sample]]


def prometheus_text(facts: Facts) -> str:
    """Of the facts that are there. Shares are 0 to 1; what is not known is left out."""
    cluster = facts["cluster"]["name"]
    return "".join(line for family in FAMILIES if family.subset in facts for line in _lines(family, facts, cluster))


def _lines(family: Family, facts: Facts, cluster: str) -> Iterator[str]:
    yield f"# HELP pve_drs_{family.name} {family.describes}\n"
    yield f"# TYPE pve_drs_{family.name} gauge\n"
    for labels, value in family.samples(facts):
        if value is not None:
            shown = ",".join(f'{name}="{_escaped(text)}"' for name, text in {"cluster": cluster, **labels}.items())
            yield f"pve_drs_{family.name}{{{shown}}} {value}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _ratio(percent: float) -> float:
    return round(percent / 100, 6)


def _loads(facts: Facts) -> Iterator[Sample]:
    for method, by_node in facts["load"].items():
        yield from (({"method": method, "node": node}, _ratio(percent)) for node, percent in by_node.items())


def _networks(facts: Facts) -> Iterator[Sample]:
    yield from (({"node": node}, _ratio(found["used_percent"])) for node, found in facts["network"].items())


def _imbalances(facts: Facts) -> Iterator[Sample]:
    for method, metrics in facts["imbalance"].items():
        for name, percent in metrics.items():
            yield {"method": method, "metric": name.removesuffix("_percent")}, _ratio(percent)


def _of_nodes(value: Callable[[Facts], float | None]) -> Callable[[Facts], Iterable[Sample]]:
    return lambda facts: (({"node": name}, value(node)) for name, node in facts["nodes"].items())


def _of_guests(key: str) -> Callable[[Facts], Iterable[Sample]]:
    """Of guests that are no templates."""
    return lambda facts: (
        ({"vmid": vmid, "name": guest["name"], "node": guest["node"]}, guest[key])
        for vmid, guest in facts["guests"].items()
        if not guest["template"]
    )


def _scores(facts: Facts) -> Iterator[Sample]:
    yield from (({"vmid": vmid}, _ratio(guest["percent"])) for vmid, guest in facts["score"]["guests"].items())


def _buckets(facts: Facts) -> Iterator[Sample]:
    for bucket in facts["score"]["buckets"]:
        yield {"from": f"{bucket['from_percent'] / 100:g}", "to": f"{bucket['to_percent'] / 100:g}"}, bucket["guests"]


FAMILIES = (
    Family("quorate", "cluster", "1 with quorum, 0 without.", lambda facts: [({}, int(facts["cluster"]["quorate"]))]),
    Family("warnings", "warnings", "Warnings about the figures.", lambda facts: [({}, len(facts["warnings"]))]),
    Family("node_online", "nodes", "1 when online.", _of_nodes(lambda node: int(node["status"] == "online"))),
    Family("node_guests", "nodes", "Guests on the node, in any state.", _of_nodes(lambda node: len(node["guests"]))),
    Family("node_capacity_cores", "nodes", "Cores.", _of_nodes(lambda node: node["capacity_cores"])),
    Family("node_capacity_memory_bytes", "nodes", "Memory.", _of_nodes(lambda node: node["capacity_memory_bytes"])),
    Family("node_used_cores", "nodes", "Busy cores.", _of_nodes(lambda node: node["used_cores"])),
    Family("node_used_memory_bytes", "nodes", "Memory in use.", _of_nodes(lambda node: node["used_memory_bytes"])),
    Family("guest_demand_cores", "guests", "Busy cores that a guest wants.", _of_guests("demand_cores")),
    Family("guest_demand_memory_bytes", "guests", "Memory that a guest wants.", _of_guests("demand_memory_bytes")),
    Family("node_load_ratio", "load", "Load of a node by method.", _loads),
    Family("node_network_ratio", "network", "Share of its network link that a node uses.", _networks),
    Family("imbalance_ratio", "imbalance", "0 is even, 1 is worst.", _imbalances),
    Family("triggers", "triggers", "Reasons to act.", lambda facts: [({}, len(facts["triggers"]))]),
    Family("violations", "violations", "Constraints that are broken.", lambda facts: [({}, len(facts["violations"]))]),
    Family(
        "score_ratio",
        "score",
        "How well guests are served, 1 is best.",
        lambda facts: [({}, _ratio(facts["score"]["percent"]))],
    ),
    Family("score_guests", "score", "Guests by score, in five ranges.", _buckets),
    Family("guest_score_ratio", "score", "How well a guest is served, 1 is best.", _scores),
)
