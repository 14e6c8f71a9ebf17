# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Rules, HA rules and HA groups, and which of them do not count."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.plugin_utils.report.page import RuleRow
from ansible_collections.pve.drs.plugins.plugin_utils.report.reading import (
    Found,
    Listed,
    first,
    number,
    parts,
    text,
    texts,
)
from ansible_collections.pve.drs.plugins.plugin_utils.report.words import counted

MOST = 150
MOST_MEMBERS = 8
WANTS = {
    "together": "keep together",
    "separate": "keep apart",
    "run_on": "run on",
    "not_run_on": "do not run on",
    "pin": "stay",
    "ignore": "leave alone",
    "max_guests": "at most",
    "automation": "automation",
}


def rule_rows(plan: Found) -> Listed[RuleRow]:
    """Those that do not count come first."""
    disabled = parts(plan, "disabled_rules")
    trouble = {text(rule, "rule"): text(rule, "reason") for rule in disabled}
    rows = [_row(rule, trouble) for rule in parts(plan, "rules")]
    known = {f"{row.kind} {row.name}" for row in rows}
    lost = [_lost(rule) for rule in disabled if text(rule, "rule") not in known]
    return first(sorted((*lost, *rows), key=lambda row: not row.trouble), MOST)


def _row(rule: Found, trouble: dict[str, str]) -> RuleRow:
    kind, name = text(rule, "kind"), text(rule, "name")
    is_off = rule.get("enabled") is False
    return RuleRow(
        name=name,
        kind=kind,
        wants=_wants(rule),
        guests=_members(texts(rule, "vmids")),
        strength=text(rule, "strength"),
        trouble="switched off" if is_off else trouble.get(f"{kind} {name}", ""),
    )


def _lost(rule: Found) -> RuleRow:
    """One that is declared neither to us nor to the HA manager, such as by a tag."""
    guests = _members(texts(rule, "vmids"))
    return RuleRow(name=text(rule, "rule"), kind="", wants="", guests=guests, strength="", trouble=text(rule, "reason"))


def _wants(rule: Found) -> str:
    words = [WANTS.get(text(rule, "type"), text(rule, "type"))]
    most = number(rule, "count")
    if most is not None:
        words += [counted(int(most), "guest"), "on"]
    return " ".join((*words, text(rule, "level"), ", ".join(texts(rule, "nodes")))).strip()


def _members(vmids: list[str]) -> str:
    if len(vmids) > MOST_MEMBERS:
        return f"{', '.join(vmids[: MOST_MEMBERS - 1])} and {len(vmids) - MOST_MEMBERS + 1} more"
    return ", ".join(vmids)
