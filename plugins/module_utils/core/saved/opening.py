# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A plan file -> the plan that it holds, if it is one, and as it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPlan
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.saved import moment
from ansible_collections.pve.drs.plugins.module_utils.core.saved.model import SavedGuest, SavedMove, SavedPlan
from ansible_collections.pve.drs.plugins.module_utils.core.saved.record import FORMAT
from ansible_collections.pve.drs.plugins.module_utils.core.saved.seal import edits

Data = Mapping[str, Any]


def opened(data: object) -> SavedPlan:
    """Raises BadPlan for what is none, is of a format that we do not know, or was edited: then with what was."""
    record = data.get("record") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(record, Mapping):
        raise BadPlan("this is no plan that can be applied: it has no record; save what drs_balance returns as plan")
    if record.get("format") != FORMAT:
        raise BadPlan(f"this plan has format {record.get('format')}, and only {FORMAT} is known: make a new plan")
    try:
        found = edits(data)
        if not found:
            return _plan(data, record)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadPlan(f"this plan is damaged ({type(error).__name__}: {error}): make a new one") from error
    raise BadPlan(f"this plan was edited after it was made: {'; '.join(found)}; make a new one instead")


def _plan(data: Data, record: Data) -> SavedPlan:
    return SavedPlan(
        cluster=data["cluster"],
        fingerprint=data["fingerprint"],
        made=moment.read(record["made"]),
        valid_until=moment.read(record["valid_until"]),
        settings=record["settings"],
        nodes=record["nodes"],
        guests={int(vmid): SavedGuest(**facts) for vmid, facts in record["guests"].items()},
        rules=record["rules"],
        steps=tuple(_moves(step["moves"]) for step in data["steps"]),
        recommended={entry["id"]: _moves(entry["moves"]) for entry in data["recommended"]},
    )


def _moves(entries: list[Data]) -> tuple[SavedMove, ...]:
    return tuple(
        SavedMove(
            move=Move(entry["vmid"], entry["source"], entry["target"]),
            mode=entry["mode"],
            category=entry["category"],
            reason=entry["reason"],
            group=entry["group"],
            gain=entry["gain_percent"] / 100,
        )
        for entry in entries
    )
