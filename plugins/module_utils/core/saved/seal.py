# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Digests over the parts of a plan, so that an edited file can be told from the one that was made, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.saved.digest import digest_of

Data = Mapping[str, Any]

# What a move is; figures beside these are there to be read.
MOVE_KEYS = ("vmid", "name", "type", "source", "target", "mode", "category", "group", "reason")
PARTS = {
    "header": "its header (cluster, fingerprint, made, valid_until) was changed",
    "settings": "its settings were changed",
    "nodes": "what it says of nodes was changed",
    "guests": "what it says of guests was changed",
    "rules": "what it says of rules was changed",
}
HEADER = ("format", "made", "valid_until")


def sealed(report: Data, record: Data) -> dict[str, Any]:
    """The record with the digests of all that counts in it and in the report."""
    return {**record, "digests": _digests(report, record)}


def edits(report: Data) -> list[str]:
    """What of a plan is not as it was made, in words. Raises KeyError and TypeError for what is no plan."""
    record = report["record"]
    said, found = record["digests"], _digests(report, record)
    told = [
        *(words for part, words in PARTS.items() if said[part] != found[part]),
        *_moves(said["moves"], found["moves"]),
        *_recommended(said["recommended"], found["recommended"]),
    ]
    if not told and said != found:
        return ["its moves are in another order, or its digests were changed"]
    return told


def name_of(move: Data) -> str:
    return f"{move['vmid']} {move['source']}->{move['target']}"


def _digests(report: Data, record: Data) -> dict[str, Any]:
    moves = [step["moves"] for step in report["steps"]]
    found: dict[str, Any] = {
        "header": digest_of([report["cluster"], report["fingerprint"], *(record[key] for key in HEADER)]),
        **{part: digest_of(record[part]) for part in PARTS if part in record},
        "moves": {name_of(move): _of_move(move) for step in moves for move in step},
        "recommended": {
            entry["id"]: digest_of([_of_move(move) for move in entry["moves"]]) for entry in report["recommended"]
        },
        "order": digest_of([[name_of(move) for move in step] for step in moves]),
    }
    return {**found, "whole": digest_of(found)}


def _of_move(move: Data) -> str:
    return digest_of([move[key] for key in MOVE_KEYS])


def _moves(said: Data, found: Data) -> Iterator[str]:
    yield from (f"move {name} is none of its moves" for name in sorted(found.keys() - said.keys()))
    yield from (f"its move {name} is missing" for name in sorted(said.keys() - found.keys()))
    yield from (f"move {name} was changed" for name in sorted(said.keys() & found.keys()) if said[name] != found[name])


def _recommended(said: Data, found: Data) -> Iterator[str]:
    yield from (f"recommendation {key} is none of its own" for key in sorted(found.keys() - said.keys()))
    yield from (f"its recommendation {key} is missing" for key in sorted(said.keys() - found.keys()))
    yield from (
        f"recommendation {key} was changed" for key in sorted(said.keys() & found.keys()) if said[key] != found[key]
    )
