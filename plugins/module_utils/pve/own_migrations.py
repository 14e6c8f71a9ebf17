# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Migrations that run under our own name although this run has not started them."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.tasks import REAL_MIGRATIONS, migrating
from ansible_collections.pve.drs.plugins.module_utils.pve.translate import guests_of
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, text

ROOT = "root@pam"


def own_migrations(api: Api) -> tuple[str, ...]:
    """One line for each, which only another run of ours, or a person with our credentials, can have started.

    The HA manager moves its guests as root@pam: those of root are not told apart from that, and left out.
    Raises ApiError.
    """
    who = api.client.connection.who
    ours = [task for task in api.cluster_tasks() if _user(task) == who]
    running = tuple(migrating(tuple(ours)))
    managed = _managed(api) if running and who == ROOT else frozenset()
    real = {str(task.get("upid")) for task in ours if task.get("type") in REAL_MIGRATIONS}
    return tuple(_lines(running, real, managed))


def _lines(running: tuple[tuple[int, str, str], ...], real: set[str], managed: frozenset[int]) -> Iterator[str]:
    for vmid, node, upid in running:
        if not (upid in real and vmid in managed):
            yield f"guest {vmid} is being moved off {node} ({upid})"


def _user(task: Row) -> str:
    """As `who` has it: the listing keeps the name of a token apart (pve-api 7)."""
    user, token = text(task.get("user")) or "", text(task.get("tokenid"))
    return f"{user}!{token}" if token else user


def _managed(api: Api) -> frozenset[int]:
    return frozenset(guest.vmid for guest in guests_of(api.guest_resources()) if guest.is_ha)
