# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""We read HA rules and bundles as Proxmox's own scheduler does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance import crs_cases


@pytest.mark.parametrize("kind", crs_cases.RUNNERS)
def test_cases_of_proxmox(kind: str, shared: Path) -> None:
    """Every case that is at hand."""
    found = {name: said for name, said in crs_cases.outcomes(shared / "data/crs-cases") if name.startswith(f"{kind}/")}
    assert found, f"no cases in {shared / 'data/crs-cases' / kind}"
    failed = {name: said for name, said in found.items() if said}
    assert not failed, "\n".join(f"{name}: {'; '.join(said)}" for name, said in failed.items())


def _write(folder: Path, name: str, leader: str) -> None:
    services = {sid: {"node": "node1", "state": "started"} for sid in ("vm:1", "vm:2")}
    case = {"services": services, "together": {}, "expected": {"bundles": {sid: [sid] for sid in (leader, "vm:2")}}}
    (folder / "bundles").mkdir(exist_ok=True)
    (folder / "bundles" / name).write_text(json.dumps(case), encoding="utf-8")


def test_all_that_passes_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command succeeds."""
    _write(tmp_path, "right.json", "vm:1")
    assert crs_cases.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "1 passed, 0 failed\n"


def test_a_case_that_fails_or_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command fails, and tells which case and why."""
    _write(tmp_path, "right.json", "vm:1")
    _write(tmp_path, "wrong.json", "vm:3")
    (tmp_path / "bundles" / "torn.json").write_text("{", encoding="utf-8")
    assert crs_cases.main([str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == ["bundles/torn.json", "bundles/wrong.json"]
    assert lines[-1] == "1 passed, 2 failed"


def test_a_folder_without_cases_is_no_success(tmp_path: Path) -> None:
    """Nothing that ran is nothing that passed."""
    assert crs_cases.main([str(tmp_path)]) == 2
    assert crs_cases.main([]) == 2
