# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Tags of guests: what is ours is changed, all others stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.changes import Change
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.entries import Entry
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal
from ansible_collections.pve.drs.plugins.module_utils.pve.values import items

MOST_ATTEMPTS = 3
# Of containers, and of VMs (whose older daemons write "missmatch").
STALE = ("detected modified configuration", "(file change by other user?)")


def write_tags(api: Api, cluster: Cluster, changes: Sequence[Change], failed: list[tuple[Change, str]]) -> list[Change]:
    """Several guests side by side; gives what was done and adds what was refused to `failed`. Raises ApiError."""
    guests = [cluster.guest_by_vmid[int(change.key[1])] for change in changes]
    calls = [partial(_write, api, guest, change) for guest, change in zip(guests, changes, strict=True)]
    refusals = api.fan_out(calls)
    failed += [(change, why) for change, why in zip(changes, refusals, strict=True) if why]
    return [change for change, why in zip(changes, refusals, strict=True) if not why]


def _write(api: Api, guest: Guest, change: Change) -> str | None:
    """Why it could not be done; an edit of somebody else in the same moment is taken into account."""
    why = None
    for _unused in range(MOST_ATTEMPTS):
        try:
            _try(api, guest, change)
        except ApiRefusal as refused:
            why = refused.says
            if not any(words in why for words in STALE):
                return why
        else:
            return None
    return why


def _try(api: Api, guest: Guest, change: Change) -> None:
    config = api.guest_config(guest.node, guest.type, guest.vmid)
    tags = frozenset(items(config.get("tags")))
    wanted = (tags - _tags(change.before)) | _tags(change.after)
    if wanted == tags:
        return
    params = {"tags": ";".join(sorted(wanted))} if wanted else {"delete": "tags"}
    api.change(f"/nodes/{guest.node}/{guest.type}/{guest.vmid}/config", {**params, "digest": config["digest"]})


def _tags(entry: Entry | None) -> frozenset[str]:
    return entry if isinstance(entry, frozenset) else frozenset()
