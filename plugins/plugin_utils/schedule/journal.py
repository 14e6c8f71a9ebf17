# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What the journal gets to read of a scheduled run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def run_lines(host: str, run: Mapping[str, Any]) -> list[str]:
    """One line where nothing was done, the whole report otherwise."""
    if run["plan"] is None:
        return [f"{host}: {run['report'].strip()}"]
    if not _is_worth_reading(run):
        return [f"{_who(host, run)}: {_idle(run['plan'])}{_standing(run['plan'])}"]
    return [*run["report"].splitlines(), f"{_who(host, run)}: {_ending(run)}"]


def failure_line(host: str, task: str, values: Mapping[str, Any]) -> str:
    """Which task failed, and why."""
    return f"{host}: {task}: {values.get('msg') or 'failed without a message'}"


def _who(host: str, run: Mapping[str, Any]) -> str:
    return str(run["plan"].get("cluster") or host)


def _is_worth_reading(run: Mapping[str, Any]) -> bool:
    """What only waits for another hour is not, as it would be told again by every run until then."""
    plan = run["plan"]
    awaits_consent = plan.get("recommended") and not _closed(plan)
    return bool(plan.get("move_count") or awaits_consent or run.get("outcome") or run.get("failed"))


def _closed(plan: Mapping[str, Any]) -> str:
    """Until when nothing is to be moved, and why; empty at all other hours."""
    hours = plan.get("hours") or {"is_open": True}
    return "" if hours["is_open"] else f" until {hours['until'] or 'further notice'} ({hours['reason']})"


def _idle(plan: Mapping[str, Any]) -> str:
    """That there are reasons to act and nothing is done is not the same as that there are none."""
    triggers = (plan.get("before") or {}).get("triggers") or ()
    names = ", ".join(dict.fromkeys(str(trigger["name"]) for trigger in triggers))
    return f"nothing is done about {names}{_closed(plan)}" if names else "nothing to do"


def _standing(plan: Mapping[str, Any]) -> str:
    before = plan.get("before") or {}
    highest = before.get("highest_load_percent")
    nodes = len(before.get("loads") or ())
    return "" if highest is None else f", the highest load of {nodes} nodes is {highest:.1f} %"


def _ending(run: Mapping[str, Any]) -> str:
    outcome = run.get("outcome")
    if outcome:
        return ", ".join(_counted(outcome.get("counts") or {})) or "nothing was moved"
    return f"{run['plan'].get('move_count', 0)} moves planned, {len(run['plan'].get('recommended') or ())} recommended"


def _counted(counts: Mapping[str, int]) -> Iterator[str]:
    for status, number in counts.items():
        if number:
            yield f"{number} {status}"
