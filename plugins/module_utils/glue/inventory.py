# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Facts of a cluster -> hosts of an inventory: their names, groups and variables. Knows nothing of Ansible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]
PREFIX = "drs_"
# What all hosts of a cluster have in common; the rest of the facts is told host by host.
SHARED = ("cluster", "imbalance", "triggers", "violations", "warnings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """`groups` are names without prefix, `variables` are ready to be set."""

    name: str
    groups: tuple[str, ...]
    variables: Mapping[str, Any]


def shared_variables(facts: Facts) -> dict[str, Any]:
    """Variables of the whole cluster."""
    score = {key: value for key, value in facts["score"].items() if key != "guests"}
    return _prefixed({key: facts[key] for key in SHARED} | {"score": score})


def node_hosts(facts: Facts) -> Iterator[Host]:
    """A host for each node, with its load in percent by method."""
    for name, node in facts["nodes"].items():
        loads = {method: by_node[name] for method, by_node in facts["load"].items() if name in by_node}
        own = {"name": name, "cluster_name": facts["cluster"]["name"], "load_percent": loads, **node}
        yield Host(name=name, groups=("nodes",), variables=_prefixed(own))


def guest_hosts(facts: Facts) -> Iterator[Host]:
    """A host for each guest that is no template."""
    guests = {vmid: guest for vmid, guest in facts["guests"].items() if not guest["template"]}
    names = _host_names(guests, facts["nodes"])
    rules = {str(rule["vmid"]): rule["reason"] for rule in facts["rules"]}
    for vmid, guest in guests.items():
        own = {"ha_rule": rules.get(vmid), **_guest(facts, vmid)}
        groups = (*_guest_groups(guest), *facts["rule_members"].get(vmid, ()))
        yield Host(name=names[vmid], groups=groups, variables=_prefixed(own))


def _guest(facts: Facts, vmid: str) -> dict[str, Any]:
    score = facts["score"]["guests"].get(vmid)
    return {
        "vmid": int(vmid),
        "cluster_name": facts["cluster"]["name"],
        "score_percent": score["percent"] if score else None,
        **facts["guests"][vmid],
    }


def _guest_groups(guest: Facts) -> tuple[str, ...]:
    pool = (f"pool_{guest['pool']}",) if guest["pool"] else ()
    return "guests", guest["type"], f"node_{guest['node']}", *pool, *(f"tag_{tag}" for tag in guest["tags"])


def _host_names(guests: Mapping[str, Facts], nodes: Iterable[str]) -> dict[str, str]:
    """By vmid: the guest's name, with its vmid where another host has that name too; guests may lack a name."""
    wanted = {vmid: guest["name"] or f"{guest['type']}-{vmid}" for vmid, guest in guests.items()}
    counts = Counter([*nodes, *wanted.values()])
    taken = set(counts)
    names = {}
    for vmid, name in wanted.items():
        names[vmid] = name if counts[name] == 1 else _free_name(name, vmid, taken)
        taken.add(names[vmid])
    return names


def _free_name(name: str, vmid: str, taken: set[str]) -> str:
    while name in taken:
        name = f"{name}-{vmid}"
    return name


def _prefixed(own: Facts) -> dict[str, Any]:
    return {f"{PREFIX}{key}": value for key, value in own.items()}
