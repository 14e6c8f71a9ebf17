# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a decision needs beside the listings of the cluster."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Each costs requests, so that only what is needed is asked for.

    `node_history` is the last hour of every node, `node_days` the last week as well; the same spans are wanted
    of the guests that `needs.guests_wanted` names. `samples` is the last minute of everything, every 5 seconds.
    `recent_moves` are migrations that ended within those spans. `vcpus` and `volumes` are of configurations,
    `health` is that of HA and Ceph, with the version of each node;
    `guest_pressure` and `node_details` the present state, `node_pressure` and `node_network` the last hour.
    `moves_seconds` is how far back migrations matter beyond those spans.
    """

    node_history: bool = False
    node_days: bool = False
    samples: bool = False
    recent_moves: bool = False
    vcpus: bool = False
    volumes: bool = False
    guest_pressure: bool = False
    node_pressure: bool = False
    node_network: bool = False
    node_details: bool = False
    health: bool = False
    moves_seconds: float = 0.0

    def __or__(self, other: Needs) -> Needs:
        """Needed by either."""
        names = [field.name for field in fields(self)]
        return Needs(**{name: max(getattr(self, name), getattr(other, name)) for name in names})


NOTHING_MORE = Needs()
