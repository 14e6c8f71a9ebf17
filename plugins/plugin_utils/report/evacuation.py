# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What an evacuation tells beside its moves: nodes, guests that stay, and the room that is left."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.plugin_utils.report.page import Figure, Reason
from ansible_collections.pve.drs.plugins.plugin_utils.report.reading import (
    Found,
    Listed,
    count,
    first,
    label,
    number,
    part,
    parts,
    text,
)
from ansible_collections.pve.drs.plugins.plugin_utils.report.words import counted, size

MOST = 100
MOST_ROOMS = 48
# As many reasons are told of one guest; there is one for each node.
MOST_REASONS = 3
EMPTY, DRAINED, OCCUPIED = "empty", "drained", "not empty"


def blocked(result: Found) -> Listed[Reason]:
    """Guests that cannot leave, then others that stay."""
    return first(map(_staying, (*parts(result, "blocked"), *parts(result, "left"))), MOST)


def _staying(guest: Found) -> Reason:
    found = parts(guest, "reasons")
    told = "; ".join(_reason(one) for one in found[:MOST_REASONS])
    more = f"; {counted(len(found) - MOST_REASONS, 'more reason')}" if len(found) > MOST_REASONS else ""
    name = f"{label(guest)} on {text(guest, 'node')}"
    return Reason(name=name, reason=f"{told}{more}", note=text(guest, "kind").replace("_", " "))


def _reason(refusal: Found) -> str:
    target = text(refusal, "target")
    return f"to {target}: {text(refusal, 'reason')}" if target else text(refusal, "reason")


def emptied(result: Found) -> Iterator[Figure]:
    """The nodes that were to be emptied, or that guests went home to."""
    for node in parts(result, "nodes")[:MOST_ROOMS]:
        guests = counted(count(node, "guests"), "guest")
        state = EMPTY if node.get("is_empty") else DRAINED if node.get("is_drained") else OCCUPIED
        note = f"{guests}, {count(node, 'running')} running"
        maintenance = ", in maintenance" if node.get("in_maintenance") else ""
        yield Figure(name=text(node, "node"), value=state, note=note + maintenance)


def headroom(result: Found) -> Iterator[Figure]:
    """In all, whether another node could be lost, and for each node."""
    room = part(result, "headroom")
    if not room:
        return
    yield _room("all other nodes", room)
    loss = part(room, "worst_loss")
    without = f"{counted(count(loss, 'guests_without_room'), 'guest')} of {text(loss, 'node')} without room"
    fits = bool(room.get("can_lose_one_more"))
    yield Figure(name="One more node may fail", value="yes" if fits else "no", note="" if fits or not loss else without)
    yield from (_room(text(node, "node"), node) for node in parts(room, "nodes")[:MOST_ROOMS])


def _room(name: str, room: Found) -> Figure:
    cores = number(room, "cpu_cores") or 0.0
    return Figure(name=name, value=size(number(room, "memory_bytes")), note=f"and {cores:.1f} cores within the limits")
