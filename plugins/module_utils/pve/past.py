# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Migrations that ended a short while ago: what nodes recorded before them is not their load of today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain

from ansible_collections.pve.drs.plugins.module_utils.core.model.history import PastMove
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.ask import ask_all
from ansible_collections.pve.drs.plugins.module_utils.pve.tasks import REAL_MIGRATIONS
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Rows, number, text, whole

# So many tasks of each node are in the listing of the cluster (pve-api 7).
LISTED = 25
# A migration may have begun this long before it ended within the time that is asked about.
LONGEST_SECONDS = 3600


def past_moves(tasks: Rows, places: Mapping[int, str], since: float) -> tuple[PastMove, ...]:
    """From ended tasks, and where guests are now.

    No listing tells where a migration went: to where the next one of the same guest began, or where the guest
    is now. A task that failed and left its guest where it was is no move; one that moved it in spite of that is.
    """
    heading = dict(places)
    found: list[PastMove] = []
    for ended, vmid, source in sorted(set(_ended(tasks)), reverse=True):
        target = heading.get(vmid)
        heading[vmid] = source
        if target not in (None, source) and ended >= since:
            found.append(PastMove(ended=ended, vmid=vmid, source=source, target=str(target)))
    return tuple(reversed(found))


def more_tasks(api: Api, tasks: Rows, since: float) -> tuple[Rows, tuple[str, ...]]:
    """Migrations from the lists of those nodes whose part of the cluster's list does not reach back that far.

    With a warning for each node that gives none.
    """
    begin = int(since) - LONGEST_SECONDS
    calls = {
        f"{kind} of {node}": partial(api.node_tasks, node, kind, begin)
        for node in _cut_short(tasks, begin)
        for kind in REAL_MIGRATIONS
    }
    replies = ask_all(api, calls)
    return tuple(chain(*replies.found.values())), tuple(replies.complaints("no list of ended {key}"))


def _cut_short(tasks: Rows, begin: float) -> list[str]:
    rows = [(str(task.get("node")), number(task.get("starttime")) or 0.0) for task in tasks]
    counts = Counter(node for node, _unused in rows)
    return sorted(
        node
        for node, count in counts.items()
        if count >= LISTED and min(start for name, start in rows if name == node) > begin
    )


def _ended(tasks: Rows) -> Iterator[tuple[float, int, str]]:
    for task in tasks:
        ended, vmid, node = number(task.get("endtime")), whole(task.get("id")), text(task.get("node"))
        if task.get("type") in REAL_MIGRATIONS and ended is not None and vmid is not None and node:
            yield ended, vmid, node
