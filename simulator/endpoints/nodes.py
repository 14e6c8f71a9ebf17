# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Nodes: list, index, status, configuration, network (pve-api.md 3.4 to 3.6)."""

from __future__ import annotations

from simulator.world.cpu import FAMILIES, flags
from simulator.world.model import Node

from .call import Call, Handler, Row, digest_of
from .figures import node_row
from .versions import REPOSITORY, version_of

INDEX = (
    "aplinfo apt capabilities ceph certificates config disks dns firewall hardware hosts journal lxc"
    " migrateall netstat network qemu query-oci-repo-tags query-url-metadata replication report rrd rrddata scan sdn"
    " services spiceshell startall status stopall storage subscription suspendall syslog tasks termproxy time"
    " version vncshell vzdump wakeonlan"
).split()
ONLY_NEW = ("query-oci-repo-tags",)
KERNELS = {"8.4": "6.8.12-15-pve", "9.0": "6.14.11-4-pve", "9.2": "6.17.13-2-pve"}
BUILD = "#1 SMP PREEMPT_DYNAMIC PMX"
HERTZ = 100
DEFAULT_TARGET = 80


def nodes(call: Call) -> list[Row]:
    """List all nodes of the cluster."""
    rows = [node_row(call, name) for name in call.shuffled(call.world.nodes)]
    return [row | {"ssl_fingerprint": call.fingerprint} for row in rows]


def index(call: Call) -> list[Row]:
    """Name what lies below a node."""
    return [{"name": name} for name in INDEX if call.profile == "9.2" or name not in ONLY_NEW]


def status(call: Call) -> Row:
    """Tell how a node is doing at this moment."""
    node = call.world.nodes[call.node]
    now = call.world.statistics.present_node(node.name)
    kernel = node.kernel or KERNELS[call.profile]
    load = f"{now.loadavg:.2f}"
    return {
        "cpu": now.cpu, "wait": now.iowait, "uptime": now.uptime, "idle": 0, "loadavg": [load, load, load],
        "memory": _memory(call, now.mem, now.maxmem),
        "swap": {"total": node.swap, "used": node.swap_used, "free": node.swap - node.swap_used},
        "ksm": {"shared": node.ksm},
        "cpuinfo": _cpu(call, node),
        "rootfs": _root(node),
        "pveversion": f"pve-manager/{version_of(call, node.name)}/{REPOSITORY}",
        "kversion": f"Linux {kernel} {BUILD}",
        "current-kernel": {"sysname": "Linux", "release": kernel, "version": BUILD, "machine": "x86_64"},
        "boot-info": {"mode": "efi", "secureboot": 0},
    }  # fmt: skip


def _memory(call: Call, used: int, total: int) -> Row:
    memory = {"total": total, "used": used, "free": max(0, total - used)}
    return memory | ({"available": total - used} if call.is_nine else {})


def _cpu(call: Call, node: Node) -> Row:
    """Give numbers as text where the real daemons do (mhz, family, hvm)."""
    row: Row = {
        "cpus": node.cores, "cores": max(1, node.cores // 2), "sockets": node.sockets, "model": node.cpu_model,
        "mhz": f"{node.cpu_mhz:.3f}", "hvm": "1", "user_hz": HERTZ, "flags": " ".join(flags(node)),
    }  # fmt: skip
    return row | ({"vendor": node.cpu_vendor, "family": FAMILIES[node.cpu_vendor]} if call.is_nine else {})


def _root(node: Node) -> Row:
    free = node.root_size - node.root_used
    return {"total": node.root_size, "used": node.root_used, "free": free, "avail": free - free // 20}


def time(call: Call) -> Row:
    """Tell the time of a node; all of them keep UTC."""
    now = int(call.world.clock.now)
    return {"time": now, "localtime": now, "timezone": "UTC"}


def config(call: Call) -> Row:
    """Give the node's own configuration: where ballooning aims at, when that is not the usual share."""
    target = round(100 * call.world.nodes[call.node].ballooning_target)
    return {"digest": digest_of([call.node, target])} | (
        {} if target == DEFAULT_TARGET else {"ballooning-target": target}
    )


def subscription(call: Call) -> Row:
    """Tell that the node has no subscription."""
    if not call.may(f"/nodes/{call.node}", "Sys.Audit"):
        return {"status": "notfound"}
    url = "https://www.proxmox.com/proxmox-ve/pricing"
    serverid = digest_of(call.node)[:32].upper()
    return {"status": "notfound", "message": "There is no subscription key", "serverid": serverid, "url": url}


def network(call: Call) -> list[Row]:
    """List the bridge of guests and the port below it."""
    node = call.world.nodes[call.node]
    port: Row = {
        "iface": "eno1", "type": "eth", "method": "manual", "method6": "manual", "active": 1, "exists": 1,
        "priority": 3, "families": ["inet"],
    }  # fmt: skip
    bridge: Row = {
        "iface": "vmbr0", "type": "bridge", "method": "static", "method6": "manual", "active": 1, "autostart": 1,
        "address": node.address, "netmask": "24", "cidr": f"{node.address}/24", "bridge_ports": "eno1",
        "bridge_stp": "off", "bridge_fd": "0", "priority": 4, "families": ["inet"],
    }  # fmt: skip
    wanted = {"any_bridge": "bridge", "any_local_bridge": "bridge"}.get(call.param("type"), call.param("type"))
    return [row for row in (port, bridge) if wanted in (None, row["type"], "include_sdn")]


HANDLERS: dict[str, Handler] = {
    "GET /nodes": nodes,
    "GET /nodes/{node}": index,
    "GET /nodes/{node}/status": status,
    "GET /nodes/{node}/time": time,
    "GET /nodes/{node}/config": config,
    "GET /nodes/{node}/subscription": subscription,
    "GET /nodes/{node}/network": network,
}
