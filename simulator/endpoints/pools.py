# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Resource pools (pve-api.md 12)."""

from __future__ import annotations

from simulator.access import may_grant
from simulator.answers import failure, forbidden
from simulator.table.formats import split_list
from simulator.table.types import needs
from simulator.world.model import Pool

from .call import Call, Handler, Row, require_lock
from .figures import guest_row, sees_guests, storage_row


def pools(call: Call) -> list[Row]:
    """List pools, or one pool with its members."""
    name = call.param("poolid")
    if name is None:
        return [_head(pool) for pool in call.world.pools.values() if call.may(f"/pool/{pool.name}", "Pool.Audit")]
    if not call.may(f"/pool/{name}", "Pool.Audit"):
        raise forbidden(f"Permission check failed (/pool/{name}, Pool.Audit)")
    pool = pool_of(call)
    return [_head(pool) | {"members": _members(call, pool)}]


def pool(call: Call) -> Row:
    """Give one pool with its members (the old form)."""
    found = pool_of(call)
    return {key: value for key, value in _head(found).items() if key == "comment"} | {"members": _members(call, found)}


def pool_of(call: Call, prefix: str = "") -> Pool:
    """Find the pool that is asked for."""
    name = call.params["poolid"]
    if name not in call.world.pools:
        raise failure(f"{prefix}pool '{name}' does not exist")
    return call.world.pools[name]


def _head(found: Pool) -> Row:
    return {"poolid": found.name} | ({"comment": found.comment} if found.comment else {})


def _members(call: Call, found: Pool) -> list[Row]:
    """List members with their statistics; no lock, tags or HA state here."""
    wanted = call.param("type")
    visible = sees_guests(call)
    guests = [call.world.guests[vmid] for vmid in sorted(found.vmids, key=str) if vmid in call.world.guests]
    rows = [
        guest_row(guest, call.world.statistics.guest(guest.vmid), is_nine=call.is_nine)
        for guest in guests
        if visible(guest.vmid) and wanted in (None, guest.type)
    ]
    if wanted not in (None, "storage"):
        return rows
    storages = [call.world.storages[name] for name in sorted(found.storages)]
    return rows + [storage_row(call, s, node) for s in storages for node in call.world.nodes if s.is_usable_on(node)]


def create(call: Call) -> None:
    """Make an empty pool."""
    name = call.params["poolid"]
    require_lock(call, "create pool failed")
    if name in call.world.pools:
        raise failure(f"create pool failed: pool '{name}' already exists")
    call.world.pools[name] = Pool(name, call.param("comment", ""))


def change(call: Call) -> None:
    """Add members to a pool, or take them out with `delete`."""
    require_lock(call, "update pools failed")
    found = pool_of(call, "update pools failed: ")
    vmids = {int(vmid) for vmid in split_list(call.param("vms", ""))}
    names = set(split_list(call.param("storage", "")))
    _check(call, found, vmids, names)
    if call.param("delete"):
        found.vmids -= vmids
        found.storages -= names
    else:
        _join(call, found, vmids)
        found.storages |= names
    found.comment = call.param("comment", found.comment)


def _check(call: Call, found: Pool, vmids: set[int], names: set[str]) -> None:
    """Whoever adds or takes away something must be allowed to grant rights on it."""
    word = "not" if call.param("delete") else "already"
    for path in (*(f"/vms/{vmid}" for vmid in sorted(vmids)), *(f"/storage/{name}" for name in sorted(names))):
        call.access.require(call.subject, may_grant(path), path)
    is_wrong = (lambda known: not known) if call.param("delete") else bool
    for what, known in (
        *((f"VM {vmid}", vmid in found.vmids) for vmid in sorted(vmids)),
        *((f"Storage '{name}'", name in found.storages) for name in sorted(names)),
    ):
        if is_wrong(known):
            raise failure(f"update pools failed: {what} is {word} a pool member")


def _join(call: Call, found: Pool, vmids: set[int]) -> None:
    """A guest belongs to one pool; leaving another one must be allowed."""
    for vmid in sorted(vmids):
        before = call.world.pool_of(vmid)
        if before not in (None, found.name):
            if not call.param("allow-move"):
                text = f"VM {vmid} belongs already to pool '{before}' and 'allow-move' is not set"
                raise failure(f"update pools failed: {text}")
            call.access.require(call.subject, needs(f"/pool/{before}", "Pool.Allocate"), f"/pool/{before}")
            call.world.pools[str(before)].vmids.discard(vmid)
        found.vmids.add(vmid)


def remove(call: Call) -> None:
    """Remove an empty pool."""
    require_lock(call, "delete pool failed")
    found = pool_of(call, "delete pool failed: ")
    members = [f"VM {vmid}" for vmid in sorted(found.vmids & call.world.guests.keys())]
    members += [f"storage '{name}'" for name in sorted(found.storages)]
    if members:
        raise failure(f"delete pool failed: pool '{found.name}' is not empty (contains {members[0]})")
    del call.world.pools[found.name]


HANDLERS: dict[str, Handler] = {
    "GET /pools": pools,
    "POST /pools": create,
    "PUT /pools": change,
    "DELETE /pools": remove,
    "GET /pools/{poolid}": pool,
    "PUT /pools/{poolid}": change,
    "DELETE /pools/{poolid}": remove,
}
