# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""A simulated cluster that stays, for other playbooks to work on; the tutorial uses the rest of it."""

import json
import os
import signal
import subprocess

import pytest
import yaml

STATE = "drs_simulator_state"


@pytest.fixture
def simulate(ansible_playbook, tmp_path):
    """Call the playbook for a folder with a blank in its name; whatever runs there in the end is stopped."""
    folder = tmp_path / "a lab"

    def run(*arguments, **variables):
        given = {"drs_simulator_folder": "a lab", **variables}
        return ansible_playbook("pve.drs.simulator", *arguments, "-e", json.dumps(given), cwd=tmp_path)

    yield folder, run
    if (folder / "pid").exists():
        os.kill(int((folder / "pid").read_text(encoding="utf-8")), signal.SIGTERM)


def test_it_runs_tells_how_to_be_reached_and_goes_without_a_trace(simulate, root):
    folder, run = simulate
    started = run(drs_simulator_scenario="hot-cpu", drs_simulator_speed=600)
    assert started.returncode == 0, started.stdout
    assert "ready: hot-cpu on https://127.0.0.1:" in started.stdout
    known = yaml.safe_load((folder / "cluster.yml").read_text(encoding="utf-8"))
    assert known["drs_settle"] == 1
    script = ["sh", "-c", f"{known['drs_ha_manager']} crm-command node-maintenance enable no-such-node"]
    assert subprocess.run(script, cwd=root, check=False, capture_output=True).returncode == 255
    assert "changed=0" in run().stdout
    gone = run(**{STATE: "absent"})
    assert gone.returncode == 0, gone.stdout
    assert not folder.exists()


def test_it_touches_no_folder_of_somebody_else(simulate):
    folder, run = simulate
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")
    for state in ("present", "absent"):
        done = run(**{STATE: state})
        assert done.returncode == 2
        assert "holds something else than a simulator" in done.stdout
    assert (folder / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_state_that_there_is_not_is_named(simulate):
    done = simulate[1](**{STATE: "gone"})
    assert done.returncode == 2
    assert "drs_simulator_state is 'gone', and may be present, restarted or absent" in done.stdout.replace("\\", "")
