# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The playbooks, called as users call them."""

import json

import pytest
import yaml

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from simulator.scenario import load_world
from simulator.server import Settings, running


@pytest.fixture(scope="module")
def demo():
    """Serve the shipped demonstration cluster."""
    with running(load_world("demo"), Settings(port=0, speed=60.0)) as simulator:
        yield simulator


@pytest.fixture
def environment(demo):
    """Tell the connection by variables of the environment, as far as there are any."""
    node = demo.connection["nodes"]["pve1"]
    return {
        "PROXMOX_HOST": f"no-such-host.invalid,{node['host']}",
        "PROXMOX_PORT": str(node["port"]),
        "PROXMOX_TOKEN_ID": "drs@pve!demo",
        "PROXMOX_TOKEN_SECRET": demo.connection["tokens"]["drs@pve!demo"],
    }


def test_the_report_is_printed_and_written_and_nothing_is_moved(demo, environment, ansible_playbook, tmp_path):
    file = tmp_path / "report.txt"
    variables = ("-e", f"drs_ca_path={demo.connection['ca_path']}", "-e", f"drs_report_path={file}")
    done = ansible_playbook("pve.drs.report", *variables, **environment)
    assert done.returncode == 0, done.stdout
    report = file.read_text(encoding="utf-8")
    assert report.startswith("pve.drs: cluster demo, policy balance, method memory\n")
    assert "Moves: 5 in 3 step(s)" in report
    assert "121 (shop-db1): it is pinned to pve1 (tag drs-pin)" in report
    assert all(line in done.stdout for line in report.splitlines())
    assert "no-such-host.invalid:" in done.stderr + done.stdout
    assert demo.log.writing() == []


def test_reports_of_every_kind_are_written_also_in_check_mode(demo, environment, ansible_playbook, tmp_path):
    files = {kind: tmp_path / f"report.{kind}" for kind in ("html", "markdown", "json")}
    given = {f"drs_report_{kind}": str(file) for kind, file in files.items()}
    given |= {"drs_ca_path": demo.connection["ca_path"], "drs_report_title": "Change 4711"}
    done = ansible_playbook("pve.drs.report", "--check", "-e", json.dumps(given), **environment)
    assert done.returncode == 0, done.stdout
    texts = {kind: file.read_text(encoding="utf-8") for kind, file in files.items()}
    assert "<h1>Change 4711</h1>" in texts["html"]
    assert "5 moves planned, nothing was moved" in texts["html"]
    assert texts["markdown"].startswith("## Change 4711\n")
    assert len(json.loads(texts["json"])["plan"]["steps"]) == 3
    assert not any(environment["PROXMOX_TOKEN_SECRET"] in text for text in texts.values())
    assert demo.log.writing() == []


def test_every_option_of_the_module_is_a_variable_of_the_playbooks(root):
    [block] = yaml.safe_load((root / "playbooks/tasks/balance.yml").read_text(encoding="utf-8"))
    given = block["block"][0]["pve.drs.drs_balance"]
    assert given.pop("plan") == "{{ drs_plan_found if drs_plan is defined else omit }}"
    assert given == {
        option: f"{{{{ drs_{option} | default(omit) }}}}"
        for option in arguments.connection()
        | arguments.judging()
        | arguments.moving()
        | arguments.executing()
        | arguments.timing()
        | arguments.keeping_plans()
        | arguments.leading()
        | arguments.observing()
        if option != "plan"
    }


def test_balance_takes_its_options_from_variables(demo, environment, ansible_playbook):
    variables = {"ca_path": demo.connection["ca_path"], "max_moves": 1, "settle": 0, "method": "cpu", "cpu_max": 70}
    given = [word for name, value in variables.items() for word in ("-e", f"drs_{name}={value}")]
    done = ansible_playbook("pve.drs.balance", *given, "--diff", **environment)
    assert done.returncode == 0, done.stdout
    assert "policy balance, method cpu" in done.stdout
    assert "placement before" in done.stdout
    assert len(demo.log.writing()) >= 1
