# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The simulator answers like the genuine daemons did, request by request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="the simulator needs aiohttp")

from simulator.server import running
from tests.conformance.replay import Replay, Verdict
from tests.conformance.situation import build

VERSIONS = ("9.2.11", "8.4.21")


@pytest.mark.parametrize("pve", VERSIONS)
def test_recorded_answers(pve: str, shared: Path, verdicts: list[Verdict]) -> None:
    """Status, reason, error texts, fields, JSON types and determined values agree."""
    recording = json.loads((shared / "data/observed/pve-observed.json").read_text(encoding="utf-8"))
    observations = [entry for entry in recording["observations"] if entry["pve"] == pve]
    with running(build(pve)) as simulator:
        replay = Replay(simulator)
        mine = [replay.run(observation) for observation in observations]
    verdicts.extend(mine)
    assert mine, f"nothing was recorded for {pve}"
    wrong = [f"{v.name} ({v.request}): {'; '.join(v.problems)}" for v in mine if v.problems and v.is_served]
    assert not wrong, "\n".join(wrong)
