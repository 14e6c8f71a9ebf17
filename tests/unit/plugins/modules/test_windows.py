# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Windows and other settings as variables of playbooks and of the role."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.scenario import load_world
from simulator.server import Settings, running

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def demo():
    """Serve the shipped demonstration cluster."""
    with running(load_world("demo"), Settings(port=0, speed=60.0)) as simulator:
        yield simulator


def test_during_a_blackout_the_playbook_moves_nothing_and_tells_until_when(demo, reach, ansible_playbook, tmp_path):
    """Its hours are as an operator writes them, with times that YAML takes for numbers."""
    today = datetime.now(UTC).date()
    file = tmp_path / "cluster.yml"
    file.write_text(
        f"""
        drs_windows:
          - {{days: daily, from: 12:00, to: 11:59}}
          - {{days: [mon-fri, sat, sun], from: 11:00, to: 13:00}}
        drs_blackouts:
          - {{name: freeze, first_day: {today - timedelta(days=1)}, last_day: {today + timedelta(days=1)}}}
        drs_time_zone: Pacific/Auckland
        drs_outside_windows: nothing
        drs_backup_scope: cluster
        drs_disabled_nodes: [pve4]
        """,
        encoding="utf-8",
    )
    options = reach(demo.connection)
    given = [
        word for name, value in options.items() for word in ("-e", f'{{"drs_{name}": {value!r}}}'.replace("'", '"'))
    ]
    done = ansible_playbook("pve.drs.balance", "-e", f"@{file}", *given)
    assert done.returncode == 0, done.stdout
    assert "Moves: none" in done.stdout
    assert "nothing is moved until " in done.stdout
    assert f"blackout freeze (daily from {today - timedelta(days=1)} until {today + timedelta(days=1)})" in done.stdout
    assert "changed=0" in done.stdout
    assert demo.log.writing() == []


def test_the_role_refuses_settings_that_make_no_sense(ansible_playbook):
    done = ansible_playbook(HERE / "wrong_settings.yml")
    assert "window: windows: night: from and to are the same time of the day" in done.stdout, done.stdout + done.stderr
    assert (
        "word: value of drs_outside_windows must be one of: nothing, mandatory, contention, got: sometimes"
        in done.stdout
    )
    assert (
        "memory: drs_service_memory 'plenty' is no size, such as 1G or 512M: systemd would set no limit" in done.stdout
    )
    assert "number: balanciness is 500, but must be between 1 and 100 percentage points" in done.stdout
