# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Devices that guests use by name, how many of them nodes have, and who uses them (pve-api 11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.ask import ask_all
from ansible_collections.pve.drs.plugins.module_utils.pve.configured import configured
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Rows, settings


def with_mappings(api: Api, cluster: Cluster, vmids: Collection[int]) -> Cluster:
    """With the devices of every node, one request for each kind that one of these guests uses."""
    configs = [guest.config for guest in cluster.guests if guest.vmid in vmids and guest.config]
    kinds = {name.partition("/")[0] for config in configs for name in config.mapped}
    if not kinds:
        return cluster
    lists = api.fan_out([partial(api.mappings, kind) for kind in sorted(kinds)])
    counts = {
        name: count for kind, rows in zip(sorted(kinds), lists, strict=True) for name, count in _counts(kind, rows)
    }
    return replace(cluster, mapped_devices={**cluster.mapped_devices, **counts})


def with_configs(api: Api, cluster: Cluster, vmids: Collection[int]) -> Cluster:
    """With the configurations of guests, one request for each; whoever does not tell his uses no mapped device."""
    guests = [cluster.guest_by_vmid[vmid] for vmid in sorted(vmids)]
    calls = {guest.vmid: partial(api.guest_config, guest.node, guest.type, guest.vmid) for guest in guests}
    if not calls:
        return cluster
    replies = ask_all(api, calls)
    found = {
        guest.vmid: configured(guest, replies.found[guest.vmid]) for guest in guests if guest.vmid in replies.found
    }
    return replace(
        cluster,
        guests=tuple(found.get(guest.vmid, guest) for guest in cluster.guests),
        warnings=(*cluster.warnings, *replies.complaints("no configuration of guest {key}")),
    )


def _counts(kind: str, rows: Rows) -> list[tuple[str, Counter[str]]]:
    """Devices by node; a card that is divided into virtual ones (mdev) serves many guests and is not counted."""
    plain = [row for row in rows if not row.get("mdev")]
    return [(f"{kind}/{row.get('id')}", Counter(_node_of(entry) for entry in row.get("map") or ())) for row in plain]


def _node_of(entry: object) -> str:
    """As in `node=pve1,path=0000:01:00.0,id=8086:1572`."""
    return settings(entry).get("node", "")
