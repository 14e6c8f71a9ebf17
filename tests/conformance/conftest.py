# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Prints how many recorded answers were replayed and how many agree, also without -s."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conformance.replay import Verdict

_VERDICTS: list[Verdict] = []


@pytest.fixture
def verdicts() -> list[Verdict]:
    """All verdicts of this session."""
    return _VERDICTS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the result in figures, and what is not served."""
    if not _VERDICTS:
        return
    served = [verdict for verdict in _VERDICTS if verdict.is_served]
    agreeing = [verdict for verdict in served if not verdict.problems]
    terminalreporter.section("recorded answers of the genuine daemons")
    terminalreporter.write_line(f"replayed: {len(_VERDICTS)}, agree: {len(agreeing)}, "
                                f"disagree: {len(served) - len(agreeing)}, "
                                f"not served: {len(_VERDICTS) - len(served)}")  # fmt: skip
    for verdict in _VERDICTS:
        if not verdict.is_served:
            terminalreporter.write_line(f"  not served: {verdict.name} ({verdict.request})")
