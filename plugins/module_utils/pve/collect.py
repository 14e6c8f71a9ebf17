# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""One frozen picture of the cluster, in a number of requests that does not grow with its guests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Migration, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import NOTHING_MORE, Needs
from ansible_collections.pve.drs.plugins.module_utils.pve import ha
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock, SystemClock
from ansible_collections.pve.drs.plugins.module_utils.pve.details import local_storages, lost_storages
from ansible_collections.pve.drs.plugins.module_utils.pve.enrich import enriched, server_time
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal
from ansible_collections.pve.drs.plugins.module_utils.pve.listings import Listings, ask_listings
from ansible_collections.pve.drs.plugins.module_utils.pve.membership import cluster_name
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import access_of, audit_warnings, require_audit
from ansible_collections.pve.drs.plugins.module_utils.pve.sampling import Recall, no_memory, take_samples, with_samples
from ansible_collections.pve.drs.plugins.module_utils.pve.tasks import migrating, saving, working
from ansible_collections.pve.drs.plugins.module_utils.pve.translate import guests_of, nodes_of
from ansible_collections.pve.drs.plugins.module_utils.pve.values import flag

# As in: starting migration of VM 100 to node 'pve2' - or: Requesting HA migration for VM 100 to node pve2
TARGET = re.compile(r"migration (?:of|for) (?:VM|CT) \d+ to node '?([A-Za-z0-9-]+)")
LOG_LINES = 20
NAMES_SHOWN = 10


def collect(api: Api, needs: Needs = NOTHING_MORE, clock: Clock | None = None, recall: Recall = no_memory) -> Cluster:
    """Ask for everything that a plan depends on, and for what the policy needs beyond that; reads only.

    Samples take up to a minute by the clock; `recall` gives earlier averages of the cluster of that name.
    Raises ApiError and its children, PermissionMissing, InconsistentInventory.
    """
    cluster, listings = picture(api)
    if needs.samples and cluster.measured_nodes:
        earlier = take_samples(api, clock or SystemClock(), cluster, recall(cluster.name))
        cluster, listings = picture(api)
        cluster = with_samples(cluster, earlier, server_time(api, cluster))
    found = enriched(api, cluster, listings, needs)
    return replace(found, seen_at=clock.epoch()) if clock else found


def picture(api: Api) -> tuple[Cluster, Listings]:
    """The cluster as its listings tell, and the listings.

    A host without quorum sees the rest of the cluster as dead, so the other hosts are asked too.
    """
    cluster, listings = _picture(api)
    for _unused in api.client.connection.hosts[1:]:
        if cluster.is_quorate:
            break
        api.client.prefer_next_host()
        cluster, listings = _picture(api)
    return cluster, listings


def _picture(api: Api) -> tuple[Cluster, Listings]:
    who = api.client.connection.who
    permissions = api.permissions()
    require_audit(permissions, who)
    answers = ask_listings(api, permissions)
    nodes = _nodes(answers)
    guests = ha.as_seen(guests_of(answers.resources), answers.ha)
    summary = next((row for row in answers.status if row.get("type") == "cluster"), {})
    cluster = Cluster(
        name=cluster_name(answers.status),
        version=answers.version,
        is_quorate=flag(summary.get("quorate", 1)),
        nodes=nodes,
        guests=guests,
        migrations=_migrations(api, answers),
        tasks=working(answers.tasks),
        backups=saving(answers.tasks),
        ha=answers.ha,
        auto_rebalance=ha.auto_rebalance(answers.options),
        crs=ha.crs_options(answers.options),
        warnings=(*api.client.warnings, *audit_warnings(permissions, who)),
        access=access_of(permissions, who),
    )
    return replace(cluster, warnings=(*cluster.warnings, *_oddities(cluster))), answers


def _nodes(answers: Listings) -> tuple[Node, ...]:
    """Nodes with what their storages hold, and with those that do not answer."""
    local, lost = local_storages(answers.resources), lost_storages(answers.resources)
    return tuple(
        replace(node, local_storages=local.get(node.name, ()), lost_storages=lost.get(node.name, frozenset()))
        for node in nodes_of(answers.resources, answers.status, ha.node_states(answers.manager))
    )


def _migrations(api: Api, answers: Listings) -> tuple[Migration, ...]:
    """Tasks that run, and what the HA manager has in hand: the real task of that may not have begun yet."""
    running = tuple(migrating(answers.tasks))
    targets = api.fan_out([partial(_target_in_log, api, node, upid) for _unused, node, upid in running])
    found = {vmid: Migration(vmid=vmid, source=node) for vmid, node, _unused in running}
    for (vmid, node, _unused), target in zip(running, targets, strict=True):
        if target:
            found[vmid] = Migration(vmid=vmid, source=node, target=target)
    found.update({migration.vmid: migration for migration in ha.moving(answers.manager)})
    return tuple(found[vmid] for vmid in sorted(found))


def _target_in_log(api: Api, node: str, upid: str) -> str | None:
    """No listing tells where a migration goes; None when its log cannot be read (any more)."""
    try:
        lines = api.task_log(node, upid, limit=LOG_LINES)
    except ApiRefusal:
        return None
    return next((match[1] for line in lines if (match := TARGET.search(line))), None)


def _oddities(cluster: Cluster) -> Iterator[str]:
    blind = [node.name for node in cluster.nodes if node.is_online and not node.has_capacity]
    if blind:
        yield f"no figures from node {', '.join(blind)}: it is left out; does pvestatd run, is Sys.Audit granted there?"
    estimated = [str(guest.vmid) for guest in cluster.guests if guest.is_estimated]
    if estimated:
        yield f"no complete figures of running guest {_some(estimated)}: its size is counted, and it is not chosen to even out load"
    if cluster.auto_rebalance:
        yield "Proxmox's own balancer is on (crs ha-auto-rebalance): it moves HA guests by itself"


def _some(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    shown = ", ".join(names[:NAMES_SHOWN])
    return f"{shown} and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else shown
