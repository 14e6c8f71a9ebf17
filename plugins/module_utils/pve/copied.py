# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What migrations that have ended well really sent, as their logs tell it (pve-api 6.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.core.model.learned import Copied
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, MoveOutcome
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.tasks import is_request

STAMP = r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) "
BEGINS = re.compile(STAMP + r"starting online/live migration on ", re.MULTILINE)
ENDS = re.compile(STAMP + r"migration completed, transferred ([\d.]+) ([KMGTP]?)i?B VM-state", re.MULTILINE)
POWERS = {prefix: 1024.0**power for power, prefix in enumerate(("", "K", "M", "G", "T", "P"))}
WHOLE_LOG = 0


def copied_by(api: Api, moves: Sequence[MoveOutcome]) -> Mapping[Move, Copied]:
    """One request for each that may tell; without those whose log says nothing, or cannot be read any more.

    Guests under HA are moved by a task of the HA manager that is not ours: they are not asked about.
    """
    asked = {moved.planned.move: moved.upid for moved in moves if moved.upid and _may_tell(moved)}
    found = api.fan_out([partial(_copied, api, move.source, upid) for move, upid in asked.items()])
    return {move: copied for move, copied in zip(asked, found, strict=True) if copied}


def copied_in(lines: Iterable[str]) -> Copied | None:
    """What the log of a migration tells of its memory, or None."""
    text = "\n".join(lines)
    begun, ended = BEGINS.search(text), ENDS.search(text)
    if not begun or not ended:
        return None
    sent = float(ended[2]) * POWERS[ended[3]]
    seconds = (datetime.fromisoformat(ended[1]) - datetime.fromisoformat(begun[1])).total_seconds()
    return Copied(bytes=sent, seconds=seconds) if sent > 0 and seconds > 0 else None


def _may_tell(moved: MoveOutcome) -> bool:
    return moved.status == DONE and moved.planned.mode == "live" and not is_request(str(moved.upid))


def _copied(api: Api, node: str, upid: str) -> Copied | None:
    """The move itself is over and well, so that nothing depends on the answer."""
    try:
        return copied_in(api.task_log(node, upid, limit=WHOLE_LOG))
    except ApiError:
        return None
