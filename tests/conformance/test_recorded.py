# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The simulator answers like the genuine daemons did, request by request."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="the simulator needs aiohttp")

from simulator.server import running
from simulator.stage import Settings
from tests.conformance.replay import Replay, Verdict
from tests.conformance.situation import build

PROPERTY = "recorded answers"
VERSIONS = ("9.2.11", "8.4.21")


def _counted(pve: str, verdicts: list[Verdict]) -> dict[str, object]:
    """What conftest.py prints at the end."""
    served = [verdict for verdict in verdicts if verdict.is_served]
    disagreeing = [verdict for verdict in served if verdict.problems]
    return {
        "pve": pve,
        "replayed": len(served),
        "agree": len(served) - len(disagreeing),
        "disagree": len(disagreeing),
        "watched": sum(verdict.request == "watch" for verdict in verdicts),
        "not served": [f"{verdict.name} ({verdict.request})" for verdict in verdicts if not verdict.is_served],
    }


@pytest.mark.parametrize("pve", VERSIONS)
def test_recorded_answers(pve: str, shared: Path, record_property: Callable[[str, object], None]) -> None:
    """Status, reason, error texts, fields, JSON types and determined values agree."""
    recording = json.loads((shared / "data/observed/pve-observed.json").read_text(encoding="utf-8"))
    observations = [entry for entry in recording["observations"] if entry["pve"] == pve]
    with running(build(pve), Settings(port=0, speed=0.0)) as simulator:
        replay = Replay(simulator)
        mine = [replay.run(observation) for observation in observations]
    record_property(PROPERTY, _counted(pve, mine))
    assert mine, f"nothing was recorded for {pve}"
    wrong = [f"{v.name} ({v.request}): {'; '.join(v.problems)}" for v in mine if v.problems and v.is_served]
    assert not wrong, "\n".join(wrong)
