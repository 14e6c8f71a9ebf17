# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Prints how many recorded answers were replayed and how many agree, also without -s and with several workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

PROPERTY = "recorded answers"


def _results(reporter: pytest.TerminalReporter) -> Iterator[dict[str, Any]]:
    """What the tests recorded about themselves; comes from all workers."""
    reports = (report for group in reporter.stats.values() for report in group if getattr(report, "when", "") == "call")
    for report in reports:
        yield from (value for name, value in report.user_properties if name == PROPERTY)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the result in figures, and what is not served."""
    results = list(_results(terminalreporter))
    if not results:
        return
    terminalreporter.section("recorded answers of the genuine daemons")
    for result in results:
        line = "PVE {pve}: {replayed} replayed, {agree} agree, {disagree} disagree ({watched} of them time lines of HA)"
        terminalreporter.write_line(line.format(**result))
    total = {name: sum(result[name] for result in results) for name in ("replayed", "agree", "disagree")}
    unserved = [text for result in results for text in result["not served"]]
    terminalreporter.write_line(
        f"in all: {total['replayed']} replayed, {total['agree']} agree, {total['disagree']} disagree, "
        f"{len(unserved)} not served"
    )
    for text in unserved:
        terminalreporter.write_line(f"  not served: {text}")
