# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Snapshots of guests: list, and the configuration that each of them keeps."""

from __future__ import annotations

from functools import partial

from simulator.answers import failure
from simulator.world.model import Guest
from simulator.world.snapshots import Snapshot

from .call import Call, Handler, Row
from .guests import guest_of


def snapshots(kind: str, call: Call) -> list[Row]:
    """List snapshots, each with the one before it; the present state is called current."""
    guest = guest_of(call, kind)
    parents = [None, *(snapshot.name for snapshot in guest.snapshots)]
    rows = [_row(snapshot, kind) | _after(parent) for snapshot, parent in zip(guest.snapshots, parents, strict=False)]
    running = {"running": int(guest.is_running)} if kind == "qemu" else {}
    return [*rows, {"name": "current", "description": "You are here!"} | running | _after(parents[-1])]


def _row(snapshot: Snapshot, kind: str) -> Row:
    row: Row = {"name": snapshot.name, "snaptime": int(snapshot.made), "description": snapshot.description}
    return row | ({"vmstate": int(bool(snapshot.state))} if kind == "qemu" else {})


def _after(parent: str | None) -> Row:
    return {"parent": parent} if parent else {}


def snapshot_of(guest: Guest, name: str) -> Snapshot:
    """Find a snapshot of a guest."""
    for snapshot in guest.snapshots:
        if snapshot.name == name:
            return snapshot
    raise failure(f"snapshot '{name}' does not exist")


def config(kind: str, call: Call) -> Row:
    """Give the configuration that a snapshot keeps."""
    snapshot = snapshot_of(guest_of(call, kind), call.params["snapname"])
    return snapshot.full_config()


HANDLERS: dict[str, Handler] = {}
for _kind in ("qemu", "lxc"):
    _base = f"/nodes/{{node}}/{_kind}/{{vmid}}/snapshot"
    HANDLERS |= {f"GET {_base}": partial(snapshots, _kind), f"GET {_base}/{{snapname}}/config": partial(config, _kind)}
