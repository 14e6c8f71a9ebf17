# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Guests: lists, indexes, current status, power (pve-api.md 5.1, 5.2, 5.4)."""

from __future__ import annotations

import re
from functools import partial

from simulator.answers import bad_parameters, failure
from simulator.validate import split_properties
from simulator.world.figures import GuestFigures, guest_pressures
from simulator.world.model import Guest
from simulator.world.releases import qemu_version
from simulator.world.shape import MIB

from .call import Call, Handler, Row
from .figures import sees_guests, whole
from .ha_view import managed

QEMU_INDEX = (
    "config pending unlink vncproxy termproxy vncwebsocket spiceproxy status rrd rrddata monitor feature clone"
    " move_disk migrate remote_migrate snapshot agent cloudinit firewall sendkey resize template mtunnel"
    " mtunnelwebsocket dbus-vmstate"
).split()
LXC_INDEX = (
    "config pending status vncproxy termproxy vncwebsocket spiceproxy migrate remote_migrate clone snapshot resize"
    " move_volume firewall rrd rrddata template feature interfaces mtunnel mtunnelwebsocket"
).split()
STATUS_INDEX = ("current", "start", "stop", "reset", "shutdown", "suspend", "resume", "reboot")
SWAP_DEFAULT_MIB = 512


def guest_of(call: Call, kind: str) -> Guest:
    """Find the guest of the path on the node of the path."""
    return call.world.guest_on(call.params["node"], kind, call.params["vmid"])


def require_root_for_skiplock(call: Call) -> None:
    """Only root may ignore the lock of a guest."""
    if call.param("skiplock") and not call.caller.is_root:
        raise bad_parameters({"skiplock": "Only root may use this option."})


def listed(kind: str, call: Call) -> list[Row]:
    """List the guests of a node that the caller may see; with `full`, VMs show more."""
    visible = sees_guests(call)
    here = call.world.guests_on[call.node].values()
    full = bool(call.param("full"))
    chosen = [guest for guest in call.shuffled(here) if guest.type == kind and visible(guest.vmid)]
    figures = call.world.statistics.present_on(call.node)
    return [_row(call, guest, figures[guest.vmid], full=full) for guest in chosen]


def _row(call: Call, guest: Guest, now: GuestFigures, *, full: bool) -> Row:
    """Build the row of a guest as its own node sees it now."""
    row: Row = {
        "vmid": guest.vmid, "name": guest.name, "status": guest.status, "cpu": now.cpu, "cpus": whole(now.maxcpu),
        "mem": now.mem, "maxmem": now.maxmem, "disk": now.disk, "maxdisk": now.maxdisk, "uptime": now.uptime,
        "netin": now.netin, "netout": now.netout,
    }  # fmt: skip
    row |= {key: guest.config[key] for key in ("lock", "tags") if guest.config.get(key)}
    if guest.is_template:
        row["template"] = 1
    if guest.is_running:
        row |= {"pid": guest.pid} | _pressure(call, guest, now)
    return row | (_qemu_part(call, guest, now, full=full) if guest.type == "qemu" else _lxc_part(guest, now))


def _pressure(call: Call, guest: Guest, now: GuestFigures) -> Row:
    """Give stall information (since 9.0): numbers for VMs, texts for containers."""
    if not call.is_nine:
        return {}
    values = {f"pressure{name}": value for name, value in guest_pressures(now).items()}
    if guest.type == "lxc":
        return {name: f"{value:.2f}" for name, value in values.items()}
    return {name: whole(value) for name, value in values.items()}


def _qemu_part(call: Call, guest: Guest, now: GuestFigures, *, full: bool) -> Row:
    part: Row = {"memhost": now.memhost} if call.is_nine else {}
    if "serial0" in guest.config:
        part["serial"] = 1
    if full:
        part["qmpstatus"] = guest.qmp_status
    if full and guest.is_running:
        part |= {"diskread": now.diskread, "diskwrite": now.diskwrite} | _balloon(guest, now)
    return part


def _balloon(guest: Guest, now: GuestFigures) -> Row:
    """Tell of the balloon device, which `balloon: 0` takes away."""
    minimum = guest.config.get("balloon")
    if not guest.is_running or minimum == 0:
        return {}
    part: Row = {"balloon": now.balloon, "freemem": now.balloon - now.mem, "ballooninfo": _balloon_details(now)}
    if minimum is not None:
        part |= {"balloon_min": int(str(minimum)) * MIB, "shares": int(str(guest.config.get("shares", 1000)))}
    return part


def _balloon_details(now: GuestFigures) -> Row:
    return {
        "actual": now.balloon, "max_mem": now.maxmem, "total_mem": now.balloon, "free_mem": now.balloon - now.mem,
        "last_update": int(now.time), "mem_swapped_in": 0, "mem_swapped_out": 0, "major_page_faults": 0,
        "minor_page_faults": 0,
    }  # fmt: skip


def _lxc_part(guest: Guest, now: GuestFigures) -> Row:
    swap = int(str(guest.config.get("swap", SWAP_DEFAULT_MIB))) * MIB
    part: Row = {"type": "lxc", "swap": 0, "maxswap": swap}
    return part | {"diskread": now.diskread, "diskwrite": now.diskwrite}


def current(kind: str, call: Call) -> Row:
    """Tell how one guest is doing now."""
    guest = guest_of(call, kind)
    row = _row(call, guest, call.world.statistics.present(guest), full=True)
    if guest.type == "qemu" and guest.is_running:
        row |= {"running-machine": guest.machine, "running-qemu": qemu_version(call.world, guest.node)}
    if "1" in str(guest.config.get("agent", "")).split(","):
        row["agent"] = 1
    return row | {"ha": managed(call.world, guest)}


def index(kind: str, call: Call) -> list[Row]:
    """Name what lies below a guest."""
    guest_of(call, kind)
    return [{"subdir": name} for name in (QEMU_INDEX if kind == "qemu" else LXC_INDEX)]


def status_index(kind: str, call: Call) -> list[Row]:
    """Name what lies below a guest's status."""
    guest_of(call, kind)
    skipped = ("reset",) if kind == "lxc" else ()
    return [{"subdir": name} for name in STATUS_INDEX if name not in skipped]


def interfaces(call: Call) -> list[Row]:
    """List the network interfaces of a running container."""
    guest = guest_of(call, "lxc")
    if not guest.is_running:
        raise failure(f"CT {guest.vmid} not running")
    options = [str(value) for key, value in sorted(guest.config.items()) if re.fullmatch(r"net\d+", key)]
    return [_link("lo", "00:00:00:00:00:00", "127.0.0.1/8"), *(_interface(text) for text in options)]


def _interface(text: str) -> Row:
    """Read `name=eth0,hwaddr=..,ip=10.0.0.5/24`; an address from DHCP is not known here."""
    option = split_properties(text)
    return _link(option.get("name", "eth0"), option.get("hwaddr", "").lower(), option.get("ip", ""))


def _link(name: str, mac: str, inet: str) -> Row:
    """Describe one interface in the old form and in the new one."""
    row: Row = {"name": name, "hwaddr": mac, "hardware-address": mac, "ip-addresses": []}
    address, slash, prefix = inet.partition("/")
    if not slash:
        return row
    found = {"ip-address": address, "ip-address-type": "inet", "prefix": int(prefix)}
    return row | {"inet": inet, "ip-addresses": [found]}


def agent_interfaces(call: Call) -> Row:
    """Ask the guest agent, which never runs here."""
    guest = guest_of(call, "qemu")
    if not guest.is_running:
        raise failure(f"VM {guest.vmid} is not running")
    is_configured = str(guest.config.get("agent", "0")).removeprefix("enabled=").startswith("1")
    raise failure("QEMU guest agent is not running" if is_configured else "No QEMU guest agent configured")


HANDLERS: dict[str, Handler] = {
    "GET /nodes/{node}/lxc/{vmid}/interfaces": interfaces,
    "GET /nodes/{node}/qemu/{vmid}/agent/network-get-interfaces": agent_interfaces,
}
for _kind in ("qemu", "lxc"):
    _base = f"/nodes/{{node}}/{_kind}"
    HANDLERS |= {
        f"GET {_base}": partial(listed, _kind),
        f"GET {_base}/{{vmid}}": partial(index, _kind),
        f"GET {_base}/{{vmid}}/status": partial(status_index, _kind),
        f"GET {_base}/{{vmid}}/status/current": partial(current, _kind),
    }
