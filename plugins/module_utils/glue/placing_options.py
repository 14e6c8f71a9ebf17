# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Module parameters of drs_place -> which guests are to be started, or created, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import Balloon
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Newcomer
from ansible_collections.pve.drs.plugins.module_utils.core.place.newcomers import free_vmids
from ansible_collections.pve.drs.plugins.module_utils.core.placement import NOWHERE
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import PARTS, directory_of, parts_of
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.policy_options import moving_policy
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_options import VMIDS, selector_from

Params = Mapping[str, Any]
PROPOSED, PLACED, STARTED = "proposed", "placed", "started"
STATES = (PROPOSED, PLACED, STARTED)
CONFIGURED, BALLOON = "configured", "balloon"
MIB, GIB = 2.0**20, 2.0**30


def placing_policy(params: Params) -> Policy:
    """What is not an option of drs_place is as drs_balance has it by default. Raises BadPolicy."""
    defaults = {name: spec.get("default") for name, spec in arguments.moving().items()}
    policy = moving_policy({**defaults, **params})
    return replace(policy, limits=replace(policy.limits, max_parallel_offline=params["max_parallel"]))


def require_wishes(params: Params) -> None:
    """Raises BadPolicy where nobody is named, or what does not exist should start."""
    if params["guests"] is None and not params["new"]:
        raise BadPolicy("name guests that are to be placed with guests, or sizes of guests to be created with new")
    if params["new"] and params["state"] != PROPOSED:
        raise BadPolicy(
            f"state is {params['state']}, but new describes guests that do not exist, and nobody creates them here: "
            "ask for their nodes with state proposed, create them there, and start them then"
        )


def vmids_from(given: object, cluster: Cluster) -> tuple[int, ...]:
    """The guests that are meant: templates only where they are named. Raises BadPolicy, also for what nobody matches."""
    if given is None:
        return ()
    selector, directory = selector_from(given, "option guests"), directory_of(cluster)
    unmatched = [f"{PARTS[part]} {value}" for part, value in parts_of(selector) if not directory.find(part, value)]
    if unmatched:
        raise BadPolicy(f"option guests names {', '.join(unmatched)}, which no guest of cluster {cluster.name} matches")
    guests = cluster.guest_by_vmid
    named = selector.vmids | {vmid for name in selector.names for vmid in directory.find("names", name)}
    return tuple(sorted(vmid for vmid in directory.members(selector) if vmid in named or not guests[vmid].is_template))


def newcomers_from(given: Sequence[Params], cluster: Cluster) -> tuple[Newcomer, ...]:
    """Those without a vmid get the lowest that are free. Raises BadPolicy."""
    taken = {guest.vmid for guest in cluster.guests}
    asked = [entry["vmid"] for entry in given if entry["vmid"] is not None]
    for vmid in asked:
        if vmid in taken or asked.count(vmid) > 1:
            raise BadPolicy(f"option new: vmid {vmid} is {'taken' if vmid in taken else 'given more than once'}")
    free = iter(free_vmids(taken | set(asked), len(given)))
    return tuple(_newcomer(entry, next(free) if entry["vmid"] is None else entry["vmid"]) for entry in given)


def _newcomer(entry: Params, vmid: int) -> Newcomer:
    for problem in _problems(entry, vmid):
        raise BadPolicy(f"option new: guest {entry['name']}: {problem}")
    size = Resources(float(entry["cores"]), entry["memory"] * MIB)
    least = (entry["balloon"] or 0) * MIB
    return Newcomer(
        guest=Guest(
            vmid=vmid,
            type=entry["type"],
            name=entry["name"],
            node=NOWHERE,
            status="stopped",
            size=size,
            tags=frozenset(entry["tags"]),
            pool=entry["pool"],
            balloon=Balloon(bytes=least, least_bytes=least) if least and entry["type"] == "qemu" else None,
        ),
        storage=entry["storage"],
        disk_bytes=entry["disk"] * GIB,
    )


def _problems(entry: Params, vmid: int) -> Iterator[str]:
    if vmid not in VMIDS:
        yield f"vmid is {vmid}, but must be between {VMIDS[0]} and {VMIDS[-1]}"
    if entry["cores"] < 1 or entry["memory"] < 1:
        yield f"it needs cores and memory (it has {entry['cores']} and {entry['memory']} MiB)"
    if entry["balloon"] is not None and not 0 <= entry["balloon"] <= entry["memory"]:
        yield f"balloon is {entry['balloon']} MiB, but must be between 0 and its memory of {entry['memory']} MiB"
    if not entry["disk"] >= 0:
        yield f"disk is {entry['disk']:g} GiB, but must not be less than nothing"
    if entry["disk"] and not entry["storage"]:
        yield f"it has a disk of {entry['disk']:g} GiB: name its storage"
