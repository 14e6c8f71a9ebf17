# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Pools in words: a table for each resource, the guests that lack most, what is changed, and what cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU, MEMORY, RESOURCES
from ansible_collections.pve.drs.plugins.module_utils.core.pools.amounts import GIB

Facts = Mapping[str, Any]
HEAD = ("shares", "reserved", "limit", "demand", "entitled", "given", "gap", "when busy")
KEYS = ("reservation", "limit", "demand", "entitled", "given")
NAME_WIDTH, WIDTH = 30, 10
# Guests below this share of what they are entitled to are named, the worst first.
GAP_PERCENT = 5.0
GUESTS_SHOWN = 20
# By resource: the unit of what is returned, the unit of tables, and how many of the first make one of the second.
TABLES = ((CPU, "cores", "cores", 1.0), (MEMORY, "bytes", "GiB", GIB))


def pools_text(report: Facts) -> str:
    """Of what drs_pools returns."""
    lines = [f"{'Pools' if report['pools'] else 'No pools'} of cluster {report['cluster']}"]
    for resource, unit, shown_as, of_one in TABLES if report["pools"] else ():
        total = report["capacity"][f"{resource}_{unit}"] / of_one
        lines += ["", f"{resource}, {shown_as}: {total:g} in all"]
        lines += _table(report["pools"], resource, unit, of_one)
    for head, entries in (
        ("Guests that get less than they are entitled to", _first(_lacking(report["guests"]))),
        ("Guests", _first(_outcomes(report["guests"]))),
        ("What Proxmox VE cannot enforce", report["unenforced"]),
        ("Notes", report["notes"]),
    ):
        found = [f"  {entry}" for entry in entries]
        lines += ["", head, *found] if found else []
    return "\n".join(lines) + "\n"


def _table(pools: Sequence[Facts], resource: str, unit: str, of_one: float) -> Iterator[str]:
    yield f"  {'pool':<{NAME_WIDTH}}{'guests':>8}" + "".join(f"{word:>{WIDTH}}" for word in HEAD)
    depth: dict[str | None, int] = {None: -1}
    for pool in pools:
        depth[pool["name"]] = depth[pool["parent"]] + 1 if pool["name"] else 0
        name = f"{'  ' * depth[pool['name']]}{pool['name'] or '(in no pool)'}"
        part = pool[resource]
        cells = [str(part.get("shares", "")), *(_cell(part.get(f"{key}_{unit}"), of_one) for key in KEYS)]
        cells += [f"{part['gap_percent']:.1f} %", _cell(part[f"entitled_when_busy_{unit}"], of_one)]
        yield f"  {name:<{NAME_WIDTH}}{pool['guests']:>8}" + "".join(f"{cell:>{WIDTH}}" for cell in cells)


def _cell(amount: float | None, of_one: float) -> str:
    return "" if amount is None else f"{amount / of_one:.2f}"


def _lacking(guests: Iterable[Facts]) -> Iterator[str]:
    found = [
        (guest[resource]["gap_percent"], guest, resource)
        for guest in guests
        for resource in RESOURCES
        if guest[resource] and guest[resource]["gap_percent"] > GAP_PERCENT
    ]
    worst = sorted(found, key=lambda entry: (-entry[0], entry[1]["vmid"], entry[2]))
    for percent, guest, resource in worst:
        yield f"{label(guest)} on {guest['node']} in pool {guest['pool']}: {resource}, {percent:.1f} % too little"


def _first(entries: Iterable[str]) -> Iterator[str]:
    """The first few, and how many more."""
    found = list(entries)
    yield from found[:GUESTS_SHOWN]
    if len(found) > GUESTS_SHOWN:
        yield f"and {len(found) - GUESTS_SHOWN} more"


def _outcomes(guests: Iterable[Facts]) -> Iterator[str]:
    """Of those about which there is something to tell."""
    for guest in guests:
        parts = [f"{option} {_was(change)}" for option, change in guest["changes"].items()]
        told = [*parts, *([guest["reason"]] if guest["reason"] else [])]
        if told:
            yield f"{label(guest)}: {guest['status']}: {', '.join(told)}"


def _was(change: Facts) -> str:
    before, after = ("not set" if value is None else value for value in (change["before"], change["after"]))
    return f"{before} -> {after}"


def label(guest: Facts) -> str:
    """As in 101 (web)."""
    return f"{guest['vmid']} ({guest['name']})" if guest["name"] else str(guest["vmid"])
