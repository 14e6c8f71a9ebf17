# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The pipeline of the page on reviews does what the page says."""

import json
import re
import shlex

import pytest
import yaml

from simulator.scenario import load_world
from simulator.server import Settings, running


@pytest.fixture
def demo():
    """Serve the shipped demonstration cluster, with time that passes quickly."""
    with running(load_world("demo"), Settings(port=0, speed=240.0)) as simulator:
        yield simulator


@pytest.fixture
def jobs(root):
    """The scripts of the pipeline, by job."""
    page = (root / "docs/how-to/change-review.md").read_text(encoding="utf-8")
    [pipeline] = re.findall(r"```yaml\n(stages:.*?)```", page, re.DOTALL)
    return {name: job["script"] for name, job in yaml.safe_load(pipeline).items() if name != "stages"}


def test_the_other_pipeline_does_the_same(root, jobs):
    page = (root / "docs/how-to/change-review.md").read_text(encoding="utf-8")
    [workflow] = re.findall(r"```yaml\n(name: balance.*?)```", page, re.DOTALL)
    steps = [step.get("run", "") for job in yaml.safe_load(workflow)["jobs"].values() for step in job["steps"]]
    ours = [line for name in ("plan", "check", "apply") for line in jobs[name]]
    assert [step for step in steps if step.startswith("ansible-playbook")] == ours


@pytest.mark.long
def test_the_pipeline_plans_checks_and_applies(demo, reach, jobs, ansible_playbook, tmp_path):
    options = reach(demo.connection)
    secrets = {"PROXMOX_TOKEN_ID": options.pop("api_token_id"), "PROXMOX_TOKEN_SECRET": options.pop("api_token_secret")}
    variables = {f"drs_{option}": value for option, value in options.items()} | {"drs_settle": 0}
    (tmp_path / "cluster.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
    writes, kept = {}, (tmp_path / "plan.json", tmp_path / "plan.md")
    for name in ("plan", "check", "apply"):
        for line in jobs[name]:
            _program, *arguments = shlex.split(line)
            done = ansible_playbook(*arguments, cwd=tmp_path, **secrets)
            assert done.returncode == 0, done.stdout
        writes[name] = len(demo.log.writing())
    plan = json.loads(kept[0].read_text(encoding="utf-8"))
    assert writes == {"plan": 0, "check": 0, "apply": plan["move_count"]}
    assert all(secret not in file.read_text(encoding="utf-8") for secret in secrets.values() for file in kept)
