# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Guests: lists, status, configuration, power, migration, history."""

from __future__ import annotations

from .guest_options import CHANGES, LXC_OPTIONS, QEMU_FORCE, QEMU_OPTIONS
from .params import CF, GUEST, NODE, POOLID, TARGET, TIMEFRAME, count, flag, number, text
from .types import Method, Param, delete, get, needs, needs_any, optional, post, put

AUDIT = needs("/vms/{vmid}", "VM.Audit")
POWER = needs("/vms/{vmid}", "VM.PowerMgmt")
ALLOCATE = needs("/vms/{vmid}", "VM.Allocate")
MIGRATE = needs("/vms/{vmid}", "VM.Migrate")
QEMU_CHANGE = needs_any(
    "/vms/{vmid}",
    *(f"VM.Config.{area}" for area in "Disk CDROM CPU Memory Network HWType Options Cloudinit".split()),
)
LXC_CHANGE = needs_any("/vms/{vmid}", *(f"VM.Config.{area}" for area in "Disk CPU Memory Network Options".split()))
AGENT_READERS = (
    (needs("/vms/{vmid}", "VM.Monitor"), {"until": "8.4"}),
    (needs_any("/vms/{vmid}", "VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted"), {"since": "9.0"}),
)
SNAPSHOT = text("snapshot", format="pve-configid", max_length=40)
SNAPNAME = Param("snapname", format="pve-configid", max_length=40)
SNAPSHOT_READ = needs_any("/vms/{vmid}", "VM.Snapshot", "VM.Snapshot.Rollback", "VM.Audit")
MIGRATION_TYPE = text("migration_type", enum=("secure", "insecure"))
MIGRATION_NETWORK = text("migration_network", format="CIDR")
CONNTRACK = flag("with-conntrack-state", 0, since="9.0")
Q = "/nodes/{node}/qemu"
L = "/nodes/{node}/lxc"


def _reads(base: str) -> tuple[Method, ...]:
    """Declare what both kinds of guests answer alike."""
    guest = base + "/{vmid}"
    return (
        get(guest, *GUEST, proxied=True),
        get(f"{guest}/status", *GUEST, proxied=True),
        get(f"{guest}/status/current", *GUEST, permission=AUDIT, proxied=True, protected=True),
        get(f"{guest}/config", *GUEST, flag("current", 0), SNAPSHOT, permission=AUDIT, proxied=True),
        get(f"{guest}/pending", *GUEST, permission=AUDIT, proxied=True),
        get(f"{guest}/rrddata", *GUEST, TIMEFRAME, CF, permission=AUDIT, protected=True),
        get(f"{guest}/snapshot", *GUEST, permission=AUDIT, proxied=True, protected=True),
        get(f"{guest}/snapshot/{{snapname}}/config", *GUEST, SNAPNAME, permission=SNAPSHOT_READ, proxied=True),
    )


QEMU_START = (
    text("force-cpu"), text("machine"), text("migratedfrom", format="pve-node"), MIGRATION_NETWORK, MIGRATION_TYPE,
    text("nets-host-mtu", pattern=r"net\d+=\d+(,net\d+=\d+)*"), flag("skiplock"), text("stateuri", max_length=128),
    text("targetstorage", format="storage-pair-list"), count("timeout", 0), CONNTRACK,
)  # fmt: skip
QEMU_STOP = (
    flag("keepActive", 0), text("migratedfrom", format="pve-node"), flag("overrule-shutdown", 0), flag("skiplock"),
    count("timeout", 0),
)  # fmt: skip
QEMU_SUSPEND = (
    flag("skiplock"),
    flag("todisk", 0),
    text("statestorage", format="pve-storage-id", requires="todisk"),
)
QEMU_SHUTDOWN = (flag("forceStop", 0), flag("keepActive", 0), flag("skiplock"), count("timeout", 0))
QEMU_MIGRATE = (
    TARGET, flag("online"), flag("force"), MIGRATION_TYPE, MIGRATION_NETWORK, flag("with-local-disks"),
    text("targetstorage", format="storage-pair-list"), count("bwlimit", 0), CONNTRACK,
)  # fmt: skip
LXC_START = (flag("debug", 0), flag("skiplock"))
LXC_STOP = (flag("overrule-shutdown", 0), flag("skiplock"))
LXC_SHUTDOWN = (flag("forceStop", 0), count("timeout", 0, default=60))
LXC_MIGRATE = (
    TARGET, flag("online"), flag("restart"), count("timeout", default=180), number("bwlimit", 0),
    text("target-storage", format="storage-pair-list"),
)  # fmt: skip
QEMU_CREATE = (
    text("archive", max_length=255), count("bwlimit", 0), flag("force", requires="archive"),
    flag("ha-managed", 0, since="9.0"), flag("live-restore"), optional(POOLID), flag("start", 0),
    text("storage", format="pve-storage-id"), flag("unique", requires="archive"),
    text("import-working-storage", format="pve-storage-id"),
)  # fmt: skip


LXC_CREATE = (
    Param("ostemplate", max_length=255), number("bwlimit", 0), flag("force"), flag("ha-managed", 0, since="9.0"),
    flag("ignore-unpack-errors"), text("password", min_length=5), optional(POOLID), flag("restore"), text("ssh-public-keys"),
    flag("start", 0), text("storage", format="pve-storage-id"), flag("unique", requires="restore"),
)  # fmt: skip


def _pool(params: tuple[Param, ...]) -> tuple[Param, ...]:
    """Guest creation names its pool `pool`."""
    return tuple(text("pool", format="pve-poolid") if p.name == "poolid" else p for p in params)


def _power(base: str, action: str, params: tuple[Param, ...]) -> Method:
    return post(f"{base}/{{vmid}}/status/{action}", *GUEST, *params, permission=POWER, proxied=True)


GUEST_METHODS: tuple[Method, ...] = (
    get(Q, NODE, flag("full"), proxied=True, protected=True),
    get(L, NODE, proxied=True, protected=True),
    *_reads(Q),
    *_reads(L),
    delete(f"{Q}/{{vmid}}", *GUEST, flag("destroy-unreferenced-disks", 0), flag("purge"), flag("skiplock"),
           permission=ALLOCATE, proxied=True),
    delete(f"{L}/{{vmid}}", *GUEST, flag("destroy-unreferenced-disks"), flag("force", 0), flag("purge", 0),
           permission=ALLOCATE, proxied=True),
    post(Q, *GUEST, *QEMU_OPTIONS, *_pool(QEMU_CREATE), proxied=True),
    post(L, *GUEST, *LXC_OPTIONS, *_pool(LXC_CREATE), proxied=True),
    put(f"{Q}/{{vmid}}/config", *GUEST, *QEMU_OPTIONS, *CHANGES, QEMU_FORCE, flag("skiplock"),
        permission=QEMU_CHANGE, proxied=True),
    post(f"{Q}/{{vmid}}/config", *GUEST, *QEMU_OPTIONS, *CHANGES, QEMU_FORCE, flag("skiplock"),
         count("background_delay", 1, 30), text("import-working-storage", format="pve-storage-id"),
         permission=QEMU_CHANGE, proxied=True),
    put(f"{L}/{{vmid}}/config", *GUEST, *LXC_OPTIONS, *CHANGES, permission=LXC_CHANGE, proxied=True),
    _power(Q, "start", QEMU_START),
    _power(Q, "stop", QEMU_STOP),
    _power(Q, "shutdown", QEMU_SHUTDOWN),
    _power(Q, "reboot", (count("timeout", 0),)),
    _power(Q, "suspend", QEMU_SUSPEND),
    _power(Q, "resume", (flag("nocheck"), flag("skiplock"))),
    _power(L, "reboot", (count("timeout", 0),)),
    _power(L, "start", LXC_START),
    _power(L, "stop", LXC_STOP),
    _power(L, "shutdown", LXC_SHUTDOWN),
    *(get(f"{Q}/{{vmid}}/agent/network-get-interfaces", *GUEST, permission=permission, proxied=True, protected=True,
          **span) for permission, span in AGENT_READERS),
    get(f"{L}/{{vmid}}/interfaces", *GUEST, permission=AUDIT, proxied=True, protected=True),
    get(f"{Q}/{{vmid}}/migrate", *GUEST, optional(TARGET), permission=MIGRATE, proxied=True, protected=True),
    get(f"{L}/{{vmid}}/migrate", *GUEST, optional(TARGET), permission=MIGRATE, proxied=True, protected=True,
        since="9.0"),
    post(f"{Q}/{{vmid}}/migrate", *GUEST, *QEMU_MIGRATE, permission=MIGRATE, proxied=True),
    post(f"{L}/{{vmid}}/migrate", *GUEST, *LXC_MIGRATE, permission=MIGRATE, proxied=True),
)  # fmt: skip
