# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Resource mappings: cluster-wide names of devices and folders (pve-api.md 11)."""

from __future__ import annotations

from functools import partial

from simulator.answers import failure
from simulator.world.model import DeviceMapping

from .call import Call, Handler, Row, digest_of

KINDS = ("dir", "pci", "usb")
PRIVILEGES = ("Mapping.Audit", "Mapping.Use", "Mapping.Modify")


def index(_call: Call) -> list[Row]:
    """Name the kinds of mappings."""
    return [{"name": kind} for kind in KINDS]


def mappings(kind: str, call: Call) -> list[Row]:
    """List the mappings of one kind that the caller holds any privilege on."""
    found = [mapping for (one, _unused), mapping in sorted(call.world.mappings.items()) if one == kind]
    rows = []
    for mapping in found:
        path = f"/mapping/{kind}/{mapping.name}"
        if any(call.may(path, privilege) for privilege in PRIVILEGES):
            rows.append({"id": mapping.name} | _row(call, mapping))
    return rows


def mapping(kind: str, call: Call) -> Row:
    """Give one mapping."""
    name = call.params["id"]
    if (kind, name) not in call.world.mappings:
        raise failure(f"mapping '{name}' not found")
    return _row(call, call.world.mappings[kind, name])


def _row(call: Call, mapping: DeviceMapping) -> Row:
    """Tell the devices of every node; what is off is not told."""
    entries = [f"node={node},{text}" for node, texts in mapping.entries.items() for text in texts]
    row: Row = {"type": mapping.kind, "map": entries, "digest": _digest(call, mapping.kind)}
    flags = {"live-migration-capable": mapping.live_migration, "mdev": mapping.mdev}
    row |= {name: 1 for name, is_set in flags.items() if is_set}
    return row | ({"description": mapping.description} if mapping.description else {})


def _digest(call: Call, kind: str) -> str:
    same = [m for (one, _unused), m in sorted(call.world.mappings.items()) if one == kind]
    return digest_of([[m.name, m.entries, m.live_migration, m.mdev, m.description] for m in same])


HANDLERS: dict[str, Handler] = {"GET /cluster/mapping": index}
HANDLERS |= {f"GET /cluster/mapping/{kind}": partial(mappings, kind) for kind in KINDS}
HANDLERS |= {f"GET /cluster/mapping/{kind}/{{id}}": partial(mapping, kind) for kind in KINDS}
