# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Replication: jobs of the cluster, and how they fare on a node."""

from __future__ import annotations

from typing import Any

from .params import NODE, count, flag, number, text
from .types import EVERYONE, Method, Param, delete, get, needs, post, put

JOB = Param("id", pattern=r"[1-9][0-9]{2,8}-\d{1,9}", format="pve-replication-job-id")
R = "/cluster/replication"
N = "/nodes/{node}/replication"
SCHEDULE = text("schedule", default="*/15", max_length=128, format="pve-calendar-event")
OPTIONS: tuple[Param, ...] = (
    text("comment", max_length=4096), flag("disable"), number("rate", 1), SCHEDULE,
    text("remove_job", enum=("local", "full")), text("source", format="pve-node"),
)  # fmt: skip
# Who may write: until PVE 8 whoever may allocate storage, later whoever may replicate the guest.
WRITERS: tuple[dict[str, Any], ...] = (
    {"permission": needs("/storage", "Datastore.Allocate"), "until": "8.4"},
    {"permission": EVERYONE, "since": "9.0"},
)


def _written(traits: dict[str, Any]) -> tuple[Method, ...]:
    return (
        post(R, JOB, Param("type", enum=("local",)), Param("target", format="pve-node"), *OPTIONS, **traits),
        put(f"{R}/{{id}}", JOB, text("delete", format="pve-configid-list", max_length=4096),
            text("digest", max_length=64), *OPTIONS, **traits),
        delete(f"{R}/{{id}}", JOB, flag("force", 0), flag("keep", 0), **traits),
        post(f"{N}/{{id}}/schedule_now", NODE, JOB, proxied=True, **traits),
    )  # fmt: skip


REPLICATION_METHODS: tuple[Method, ...] = (
    get(R),
    get(f"{R}/{{id}}", JOB),
    *(method for traits in WRITERS for method in _written(traits)),
    get(N, NODE, Param("guest", "integer", optional=True, minimum=100, maximum=999999999, format="pve-vmid"),
        proxied=True, protected=True),
    get(f"{N}/{{id}}", NODE, JOB),
    get(f"{N}/{{id}}/status", NODE, JOB, proxied=True, protected=True),
    get(f"{N}/{{id}}/log", NODE, JOB, count("limit", 0), count("start", 0), proxied=True, protected=True),
)  # fmt: skip
