# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The cluster as a whole: resources, status, tasks, options, storages, pools."""

from __future__ import annotations

from .options import DATACENTER_OPTIONS
from .params import MAYBE_VMID, POOLID, STORAGE, flag, text
from .types import Method, Param, delete, get, needs, needs_any, optional, post, put

AUDIT = needs("/", "Sys.Audit")
OLD_STORAGES = tuple(
    "btrfs cephfs cifs dir esxi glusterfs iscsi iscsidirect lvm lvmthin nfs pbs rbd zfs zfspool".split()
)
STORAGES = tuple(kind for kind in OLD_STORAGES if kind != "glusterfs")
POOL_WRITE = needs("/pool/{poolid}", "Pool.Allocate")
POOL_CHANGES = (
    flag("allow-move", 0),
    text("comment"),
    flag("delete", 0),
    text("storage", format="pve-storage-id-list"),
    text("vms", format="pve-vmid-list"),
)
MEMBERS = ("qemu", "lxc", "storage")

MAPPING_READERS = {
    "dir": ("Mapping.Use", "Mapping.Modify", "Mapping.Audit"),
    "pci": ("Mapping.Use", "Mapping.Modify", "Mapping.Audit"),
    "usb": ("Mapping.Audit", "Mapping.Use", "Mapping.Modify"),
}

CLUSTER_METHODS: tuple[Method, ...] = (
    get("/version"),
    get("/cluster"),
    get("/cluster/resources", text("type", enum=("vm", "storage", "node", "sdn"))),
    get("/cluster/status", permission=AUDIT, protected=True),
    get("/cluster/tasks"),
    get("/cluster/options"),
    put("/cluster/options", *DATACENTER_OPTIONS, permission=needs("/", "Sys.Modify")),
    get("/cluster/nextid", MAYBE_VMID),
    get("/cluster/config/qdevice", permission=AUDIT, protected=True),
    get("/cluster/mapping"),
    *(get(f"/cluster/mapping/{kind}", text("check-node", format="pve-node")) for kind in ("dir", "pci", "usb")),
    *(get(f"/cluster/mapping/{kind}/{{id}}", Param("id", format="pve-configid"), protected=True,
          permission=needs_any(f"/mapping/{kind}/{{id}}", *privileges)) for kind, privileges in MAPPING_READERS.items()),
    get("/cluster/backup-info/not-backed-up", permission=AUDIT, protected=True),
    get("/storage", text("type", enum=OLD_STORAGES, until="8.4"), text("type", enum=STORAGES, since="9.0")),
    get("/storage/{storage}", STORAGE, permission=needs("/storage/{storage}", "Datastore.Allocate")),
    get("/pools", optional(POOLID), text("type", enum=MEMBERS, requires="poolid")),
    post("/pools", POOLID, text("comment"), permission=POOL_WRITE),
    put("/pools", POOLID, *POOL_CHANGES, permission=POOL_WRITE),
    delete("/pools", POOLID, permission=POOL_WRITE),
    put("/pools/{poolid}", POOLID, *POOL_CHANGES, permission=POOL_WRITE),
    delete("/pools/{poolid}", POOLID, permission=POOL_WRITE),
    get("/pools/{poolid}", POOLID, text("type", enum=MEMBERS), permission=needs("/pool/{poolid}", "Pool.Audit")),
)  # fmt: skip
