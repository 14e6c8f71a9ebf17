# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Give clusters a past the way one would tell it: `cpu: [30x 2c, 5x 8c]` is half an hour of two cores, then five minutes of eight."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, ObjectHistory, PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import NO_SAMPLES, series_of

NOW = 1_800_000_000.0
UNITS = {"c": 1.0, "%": 1.0, "M": 2.0**20, "G": 2.0**30, "T": 2.0**40}
RUN = re.compile(r"(?:(?P<times>\d+)x )?(?:(?P<amount>\d+(?:\.\d+)?)(?P<unit>[cMGT%])|-)")
MOVE = re.compile(r"(?P<vmid>\d+) (?P<source>\w+)->(?P<target>\w+) (?P<ago>\d+)s ago")
RESOURCES = ("cpu", "memory")
PRESSURES = ("cpu_some", "memory_some", "memory_full", "io_some", "io_full")

Values = tuple[float | None, ...]
Texts = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Past:
    """What is told of nodes and guests; `every` so many seconds there is a sample, the last of them `late` seconds ago.

    Network rates are known where they are told, as in `network: [60x 90M]`, bytes per second of the busier direction.
    With `pressure` nodes record it (PVE 9): none of it unless told, as in `io_some: [60x 30%]`. The peak within each
    sample is what it was on average, unless told as in `io_some peak: [60x 50%]`.
    """

    nodes: Mapping[str, Texts]
    guests: Mapping[int, Texts]
    moves: Sequence[str] = ()
    every: float = 60.0
    late: float = 0.0
    pressure: bool = False


def values(texts: Iterable[str]) -> Values:
    """Read `30x 2c`, `8c`, and `3x -` for samples that are missing."""
    found: list[float | None] = []
    for text in texts:
        run = RUN.fullmatch(text)
        if not run:
            raise ValueError(f"{text!r} is no run of samples; write 30x 2c, 20x 16G, 5x 12% or 3x -")
        amount = float(run["amount"]) * UNITS[run["unit"]] if run["amount"] else None
        found += [amount] * int(run["times"] or 1)
    return tuple(found)


def past_move(text: str) -> PastMove:
    """Read `101 a->b 300s ago`."""
    found = MOVE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no past move; write 101 a->b 300s ago")
    return PastMove(
        vmid=int(found["vmid"]), source=found["source"], target=found["target"], ended=NOW - float(found["ago"])
    )


def with_past(cluster: Cluster, past: Past) -> Cluster:
    """Guests of whom nothing is told were not asked about, and used what they use now all along.

    A node of which nothing is told used what its guests did, wherever they were then, and what it uses beside them.
    """
    told = [*past.nodes.values(), *past.guests.values()]
    length = max((len(values(texts[name])) for texts in told for name in texts), default=60)
    times = tuple(NOW - past.late - past.every * (length - 1 - number) for number in range(length))
    spent = {g.vmid: _guest_values(g, past.guests.get(g.vmid, {}), length) for g in cluster.guests}
    moves = tuple(sorted(past_move(text) for text in past.moves))
    places = {vmid: tuple(_place(cluster, vmid, moves, time) for time in times) for vmid in spent}
    nodes = {
        node.name: _node_values(cluster, node, spent, places, length)
        | (dict.fromkeys(PRESSURES, (0.0,) * length) if past.pressure else {})
        | _read(past.nodes.get(node.name, {}), length)
        for node in cluster.measured_nodes
        if node.usage
    }
    return replace(
        cluster,
        history=History(
            now=NOW,
            nodes={name: _history(found, times) for name, found in nodes.items()},
            guests={vmid: _history(spent[vmid], times) for vmid in past.guests},
            moves=moves,
        ),
    )


def _read(texts: Texts, length: int) -> dict[str, Values]:
    """The last value is the newest; what came before the first is missing."""
    found = {name: values(texts[name]) for name in texts}
    return {name: (None,) * (length - len(found[name])) + found[name] for name in found}


def _guest_values(guest: Guest, texts: Texts, length: int) -> dict[str, Values]:
    always = {name: (getattr(guest.demand, name) if guest.is_active else None,) * length for name in RESOURCES}
    return always | _read(texts, length)


def _node_values(
    cluster: Cluster,
    node: Node,
    spent: Mapping[int, Mapping[str, Values]],
    places: Mapping[int, Sequence[str]],
    length: int,
) -> dict[str, Values]:
    """What its guests used while they were there, and what is left of its present use without them."""
    here = _running_on(cluster, node.name)
    own = {name: getattr(node.usage, name) - sum(getattr(g.demand, name) for g in here) for name in RESOURCES}

    def at(number: int, name: str) -> float:
        return own[name] + sum(spent[v][name][number] or 0.0 for v in spent if places[v][number] == node.name)

    return {name: tuple(at(number, name) for number in range(length)) for name in RESOURCES}


def _running_on(cluster: Cluster, node: str) -> list[Guest]:
    return [guest for guest in cluster.guests if guest.node == node and guest.is_active]


def _place(cluster: Cluster, vmid: int, moves: Sequence[PastMove], time: float) -> str:
    """Where the guest was: where the first later move took it from."""
    later = [move.source for move in moves if move.vmid == vmid and move.ended >= time]
    return later[0] if later else cluster.guest_by_vmid[vmid].node


def _history(found: Mapping[str, Values], times: Sequence[float]) -> ObjectHistory:
    series = {name: series_of(zip(times, found[name], strict=True)) for name in found}
    pressure = {name: series[name] for name in PRESSURES if name in series}
    return ObjectHistory(
        cpu=series["cpu"],
        memory=series["memory"],
        network=series.get("network", NO_SAMPLES),
        pressure=pressure,
        pressure_peaks={name: series.get(f"{name} peak", means) for name, means in pressure.items()},
    )
