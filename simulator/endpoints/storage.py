# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Storages: configuration, state on a node, volumes (pve-api.md 10)."""

from __future__ import annotations

from simulator.answers import failure
from simulator.table.formats import split_list
from simulator.world.drives import Drive
from simulator.world.model import Guest, Storage

from .call import Call, Handler, Row, digest_of, present
from .figures import sees_guests

FILE_TYPES = ("dir", "nfs", "cifs", "cephfs", "btrfs", "glusterfs")


def visible(call: Call) -> list[Storage]:
    """List the storages that the caller may see or use."""
    return [
        storage
        for storage in call.world.storages.values()
        if call.may(f"/storage/{storage.name}", "Datastore.Audit")
        or call.may(f"/storage/{storage.name}", "Datastore.AllocateSpace")
    ]


def configured(call: Call) -> list[Row]:
    """List storage configurations."""
    digest = _digest(call)
    wanted = call.param("type")
    return [_configuration(s) | {"digest": digest} for s in visible(call) if wanted in (None, s.type)]


def configured_one(call: Call) -> Row:
    """Give the configuration of one storage."""
    return _configuration(storage_of(call)) | {"digest": _digest(call)}


def storage_of(call: Call) -> Storage:
    """Find the storage of the path."""
    name = call.params["storage"]
    if name not in call.world.storages:
        raise failure(f"storage '{name}' does not exist")
    return call.world.storages[name]


def _configuration(storage: Storage) -> Row:
    """Shared is only told where it is set, disabled likewise."""
    return storage.extra | present(
        storage=storage.name,
        type=storage.type,
        content=",".join(storage.content),
        shared=1 if storage.is_shared else None,
        nodes=",".join(storage.nodes) or None,
        disable=None if storage.is_enabled else 1,
    )


def _digest(call: Call) -> str:
    return digest_of(sorted(call.world.storages))


def on_node(call: Call) -> list[Row]:
    """List the storages of a node with their space."""
    rows = [_state(call, storage) for storage in visible(call) if _wanted(call, storage)]
    if call.param("format"):
        return [row | _formats(str(row["type"])) for row in rows]
    return rows


def _wanted(call: Call, storage: Storage) -> bool:
    contents = split_list(call.param("content", ""))
    target = call.param("target")
    return (
        (not storage.nodes or call.node in storage.nodes)
        and call.param("storage", storage.name) == storage.name
        and (storage.is_enabled or not call.param("enabled"))
        and (not contents or any(content in storage.content for content in contents))
        and (target is None or (storage.is_shared and storage.is_usable_on(target)))
    )


def _state(call: Call, storage: Storage) -> Row:
    """Tell the space of a storage; one that cannot be reached has none."""
    active = storage.is_enabled and call.node not in storage.broken_on
    total, used = (storage.total, storage.used_on(call.node)) if active else (0, 0)
    row: Row = {
        "storage": storage.name, "type": storage.type, "content": ",".join(call.shuffled(storage.content)),
        "shared": int(storage.is_shared), "enabled": int(storage.is_enabled), "active": int(active),
        "total": total, "used": used, "avail": total - used,
    }  # fmt: skip
    return row | ({"used_fraction": used / total} if total else {})


def _formats(kind: str) -> Row:
    if kind not in FILE_TYPES:
        return {"formats": {"default": "raw", "supported": ["raw"]}, "select_existing": 0}
    return {"formats": {"default": "qcow2", "supported": ["raw", "qcow2", "vmdk", "subvol"]}, "select_existing": 0}


def status(call: Call) -> Row:
    """Tell the space of one storage on a node."""
    storage = storage_of(call)
    if not storage.is_enabled:
        raise failure(f"storage '{storage.name}' is disabled")
    if not storage.is_usable_on(call.node):
        raise failure(f"storage '{storage.name}' is not available on node '{call.node}'")
    state = _state(call, storage)
    return {key: value for key, value in state.items() if key not in ("storage", "used_fraction")}


def content(call: Call) -> list[Row]:
    """List the volumes of a storage that belong to visible guests (on local storages: of guests on this node)."""
    storage = storage_of(call)
    allowed = sees_guests(call)
    guests = [guest for guest in call.world.guests.values() if allowed(guest.vmid)]
    here = [guest for guest in guests if storage.is_shared or guest.node == call.node]
    volumes = [_volume(guest, drive) for guest in here for drive in guest.drives() if drive.storage == storage.name]
    wanted = call.param("vmid"), call.param("content")
    return [v for v in volumes if wanted[0] in (None, v["vmid"]) and wanted[1] in (None, v["content"])]


def _volume(guest: Guest, drive: Drive) -> Row:
    kind = "iso" if drive.is_cdrom and not drive.is_cloudinit else "images" if guest.type == "qemu" else "rootdir"
    return {
        "volid": drive.volid, "vmid": guest.vmid, "size": drive.size or 0, "format": "raw", "content": kind,
    }  # fmt: skip


HANDLERS: dict[str, Handler] = {
    "GET /storage": configured,
    "GET /storage/{storage}": configured_one,
    "GET /nodes/{node}/storage": on_node,
    "GET /nodes/{node}/storage/{storage}/status": status,
    "GET /nodes/{node}/storage/{storage}/content": content,
}
