# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A run as data for other programs: what was returned, by name, and nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.pve.drs.plugins.plugin_utils.report.reading import past_moves, require_plan, text
from ansible_collections.pve.drs.plugins.plugin_utils.report.words import moment

FORMAT = 1
RETURNED = (
    *("changed", "failed", "msg", "plan", "outcome"),
    *("nodes", "blocked", "left", "homes", "headroom", "shut_down", "started"),
)


def report_data(result: object, facts: object, title: str, generated: float) -> dict[str, object]:
    """Raises NoReport."""
    found = require_plan(result)
    return {
        "format": FORMAT,
        "title": title or f"pve.drs: cluster {text(found['plan'], 'cluster')}",
        "generated": moment(generated),
        **{name: _plain(found[name]) for name in RETURNED if name in found},
        "last_migrations": _plain(past_moves(found, facts)),
    }


def _plain(value: object) -> object:
    """Without anything that Ansible has tied to it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return int(value) if isinstance(value, int) else float(value)
    return str(value)
