# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Nodes: lists, status, history, tasks, their storages."""

from __future__ import annotations

from .params import (
    CF,
    MAYBE_VMID,
    NODE,
    NODE_TIMEFRAMES,
    STORAGE,
    TARGET,
    TIMEFRAME,
    UPID,
    count,
    flag,
    text,
)  # fmt: skip
from .types import Method, Param, delete, get, needs, needs_any, optional

NODE_AUDIT = needs("/nodes/{node}", "Sys.Audit")
STORAGE_USE = needs_any("/storage/{storage}", "Datastore.Audit", "Datastore.AllocateSpace")
N = "/nodes/{node}"
T = "/nodes/{node}/tasks/{upid}"
S = "/nodes/{node}/storage"
LINKS = tuple(
    "bridge bond eth alias vlan OVSBridge OVSBond OVSPort OVSIntPort vnet any_bridge any_local_bridge".split()
)
NEW_LINKS = tuple(
    "bridge bond eth alias vlan fabric OVSBridge OVSBond OVSPort OVSIntPort vnet any_bridge any_local_bridge"
    " include_sdn".split()
)
ACME = ("acme", *(f"acmedomain{n}" for n in range(6)))
TASK_FILTERS: tuple[Param, ...] = (
    flag("errors", 0), count("limit", 0, default=50), count("start", 0, default=0), count("since"), count("until"),
    text("source", default="archive", enum=("archive", "active", "all")), text("typefilter"), text("userfilter"),
    text("statusfilter", format="pve-task-status-type-list"), MAYBE_VMID,
)  # fmt: skip
STORAGE_FILTERS: tuple[Param, ...] = (
    text("content"), flag("enabled", 0), flag("format", 0), optional(STORAGE), optional(TARGET),
)  # fmt: skip


def _config_property(last: tuple[str, ...], **span: str) -> Param:
    names = (*ACME, "ballooning-target", "description", *last)
    return text("property", default="all", enum=names, **span)


NODE_METHODS: tuple[Method, ...] = (
    get("/nodes"),
    get(N, NODE),
    get(f"{N}/status", NODE, permission=NODE_AUDIT, proxied=True),
    get(f"{N}/time", NODE, permission=NODE_AUDIT, proxied=True),
    get(f"{N}/version", NODE, proxied=True),
    get(f"{N}/config", NODE,
        _config_property(("startall-onboot-delay", "wakeonlan"), until="8.4"),
        _config_property(("location", "startall-onboot-delay", "wakeonlan"), since="9.0"),
        permission=needs("/", "Sys.Audit"), proxied=True),
    get(f"{N}/rrddata", NODE, *NODE_TIMEFRAMES, CF, permission=NODE_AUDIT, protected=True),
    get(f"{N}/subscription", NODE, proxied=True),
    get(f"{N}/network", NODE, text("type", enum=LINKS, until="8.4"), text("type", enum=NEW_LINKS, since="9.0"),
        proxied=True),
    get(f"{N}/tasks", NODE, *TASK_FILTERS, proxied=True),
    get(T, NODE, UPID),
    delete(T, NODE, UPID, proxied=True),
    get(f"{T}/status", NODE, UPID, proxied=True, protected=True),
    get(f"{T}/log", NODE, UPID, flag("download"), count("limit", 0, default=50), count("start", 0, default=0),
        proxied=True, protected=True),
    get(S, NODE, *STORAGE_FILTERS, proxied=True, protected=True),
    get(f"{S}/{{storage}}/status", NODE, STORAGE, permission=STORAGE_USE, proxied=True, protected=True),
    get(f"{S}/{{storage}}/content", NODE, STORAGE, text("content"), MAYBE_VMID, permission=STORAGE_USE,
        proxied=True, protected=True),
    get(f"{S}/{{storage}}/rrddata", NODE, STORAGE, TIMEFRAME, CF, permission=STORAGE_USE,
        proxied=True, protected=True),
)  # fmt: skip
