# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""`make scale` at a size that takes no time: it ends with the figures, and says what went wrong."""

import json
import os
import subprocess
import sys

import pytest

from ansible_collections.pve.drs.benchmarks.scale import scenario_of

LAST_LINE = {"requests", "facts_seconds", "balance_seconds", "peak_mib"}


@pytest.fixture
def scale(root, collections_path):
    """Run the command; returns the finished process."""

    def run(*arguments):
        command = [sys.executable, "-m", "benchmarks.scale", "--nodes", "3", "--guests", "60", *arguments]
        environment = os.environ | {"PYTHONPATH": str(collections_path)}
        return subprocess.run(command, check=False, capture_output=True, text=True, cwd=root, env=environment)

    return run


def test_the_last_line_has_the_figures(scale):
    done = scale()
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures.keys() == LAST_LINE
    assert 8 <= figures["requests"] <= 60
    assert min(figures.values()) > 0
    assert ", 60 guests" in done.stdout


def test_an_option_that_the_module_refuses_is_told(scale):
    done = scale("--options", '{"method": "luck"}')
    assert done.returncode == 1
    assert "drs_facts failed: value of method must be one of: " in done.stderr


@pytest.mark.parametrize(("nodes", "guests"), [(48, 10_000), (8, 400)])
def test_nodes_have_room_for_their_guests_at_any_size(nodes, guests):
    fleet = scenario_of(nodes, guests)["fleet"]
    assert (fleet["nodes"], fleet["guests"]) == (nodes, guests)
    assert fleet["cores"] == round(guests / nodes * 1.0752)
