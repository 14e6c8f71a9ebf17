# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What the scheduled service runs: it looks several times, and leaves figures of itself, also when it fails."""

import json
import re

import pytest

from simulator.scenario import load_world
from simulator.server import Settings, running


@pytest.fixture(scope="module")
def demo():
    """Serve the shipped demonstration cluster in real time: nothing changes while a run looks at it."""
    with running(load_world("demo"), Settings(port=0, speed=1.0)) as simulator:
        yield simulator


@pytest.fixture
def serve(demo, reach, ansible_playbook, tmp_path):
    """Run the service's playbook once, in check mode; returns the finished process and the files that it left."""

    def run(**changes):
        given = {f"drs_{name}": value for name, value in (reach(demo.connection) | changes).items()}
        given |= {"drs_prometheus_file": str(tmp_path / "drs.prom"), "drs_report_html": str(tmp_path / "drs.html")}
        done = ansible_playbook(
            "pve.drs.service", "--check", "-e", json.dumps(given), ANSIBLE_STDOUT_CALLBACK="pve.drs.journal"
        )
        return done, {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}

    return run


def test_a_run_looks_until_a_reason_has_held_and_leaves_figures_and_a_page(demo, serve):
    """Two looks, a second apart; then a run that fails leaves figures of its own, and those of the cluster as they were."""
    done, files = serve(hold=2, observe=30, observe_every=1)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "looked 2 times in 1 s before this plan was made: a reason to act has held" in done.stdout
    assert sorted(files) == ["drs-run.prom", "drs.html", "drs.prom"]
    assert 'pve_drs_run_result{service="pve-drs",result="planned"} 1' in files["drs-run.prom"]
    assert 'pve_drs_run_moves{service="pve-drs",status="planned"} 5' in files["drs-run.prom"]
    assert re.search(r'(?m)^pve_drs_run_observed_seconds\{service="pve-drs"\} 1\.', files["drs-run.prom"])
    assert 'pve_drs_node_online{cluster="demo",node="pve1"} 1' in files["drs.prom"]
    assert demo.log.writing() == []

    failed, later = serve(api_host=["no-such-host.invalid"], service_name="pve-drs-east")
    assert failed.returncode != 0
    assert 'pve_drs_run_success{service="pve-drs-east"} 0' in later["drs-run.prom"]
    assert later["drs.prom"] == files["drs.prom"]
    assert failed.stdout.count("Leave figures") == 0
