# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Resource mappings: cluster-wide names of devices and folders (pve-api.md 11)."""

from __future__ import annotations

from functools import partial

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
            entries = [f"node={node},{text}" for node, text in mapping.entries.items()]
            row: Row = {"id": mapping.name, "type": kind, "map": entries, "digest": digest_of([m.name for m in found])}
            row |= {"description": mapping.description} if mapping.description else {}
            rows.append(row | ({"live-migration-capable": 1} if mapping.live_migration else {}))
    return rows


HANDLERS: dict[str, Handler] = {"GET /cluster/mapping": index}
HANDLERS |= {f"GET /cluster/mapping/{kind}": partial(mappings, kind) for kind in KINDS}
