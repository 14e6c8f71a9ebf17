# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Loads of nodes before and after, as bars."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.plugin_utils.report.page import Bar, Loads, NodeRow
from ansible_collections.pve.drs.plugins.plugin_utils.report.reading import Found, count, number, part, parts, text
from ansible_collections.pve.drs.plugins.plugin_utils.report.words import percent

# Methods of which the load of a node has a limit, and the option that sets it.
LIMITS = {"memory": "memory_max", "cpu": "cpu_max"}
FULL = 100.0


def loads(plan: Found) -> Loads | None:
    """None where the plan knows of no node."""
    before, after = part(plan, "before"), part(plan, "after")
    then = {text(load, "node"): load for load in parts(after, "loads")}
    rows = tuple(_row(load, then.get(text(load, "node"), {})) for load in parts(before, "loads"))
    if not rows:
        return None
    method = text(plan, "method")
    limit = number(part(plan, "settings"), LIMITS[method]) if method in LIMITS else None
    return Loads(method=method, rows=rows, imbalance=_imbalance(before, after), limit=limit)


def _row(before: Found, after: Found) -> NodeRow:
    return NodeRow(
        node=text(before, "node"),
        before=_bar(before),
        after=_bar(after),
        cpu=change(number(before, "cpu_percent"), number(after, "cpu_percent")),
        memory=change(number(before, "memory_percent"), number(after, "memory_percent")),
        guests=f"{count(before, 'guests')} → {count(after, 'guests')}" if after else str(count(before, "guests")),
    )


def _bar(load: Found) -> Bar:
    share = number(load, "load_percent")
    return Bar(text=percent(share), width=round(min(FULL, max(0.0, share or 0.0)), 2))


def change(before: float | None, after: float | None) -> str:
    """Two percentages; one where nothing is known of the second."""
    return percent(before) if after is None else f"{percent(before)} → {percent(after)}"


def gap(before: Found, after: Found) -> str:
    """How far the highest and the lowest load are apart."""
    was, becomes = (number(part(side, "imbalance"), "delta_percent") for side in (before, after))
    return change(was, becomes).replace(" %", "")


def _imbalance(before: Found, after: Found) -> str:
    was, becomes = part(before, "imbalance"), part(after, "imbalance")
    spread = change(number(was, "variation_percent"), number(becomes, "variation_percent"))
    return f"Gap between highest and lowest {gap(before, after)} points, variation {spread} (0 is even)."
