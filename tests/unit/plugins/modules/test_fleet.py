# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Several clusters in one play, with the inventory of the page on fleets, of which one does not let us in."""

import contextlib
import json
import re

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from simulator.scenario import load_world
from simulator.server import Settings, running

WORLDS = {"east": "demo", "north": "balanced", "south": "demo"}
TOKEN = "drs@pve!demo"
NO_SECRET = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def clusters():
    """Serve three clusters."""
    with contextlib.ExitStack() as stack:
        yield {
            host: stack.enter_context(running(load_world(world), Settings(port=0, speed=240.0, login_delay_seconds=0.0)))
            for host, world in WORLDS.items()
        }  # fmt: skip


@pytest.fixture
def fleet(root, clusters, reach, tmp_path):
    """Write the inventory of the page, lead its hosts to the simulators, and return how to call a playbook with it."""
    page = (root / "docs/how-to/fleet.md").read_text(encoding="utf-8")
    for name, text in re.findall(r"```yaml\n# (fleet/\S+)\n(.*?)```", page, re.DOTALL):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for folder in re.search(r"`mkdir -p (.*?)`", page)[1].split():
        (tmp_path / folder).mkdir(exist_ok=True)
    for host, simulator in clusters.items():
        _write_host(tmp_path / "fleet", host, reach(simulator.connection, TOKEN))
    labels = [word for host in clusters for word in ("--vault-id", f"{host}@{tmp_path}/{host}.txt")]
    return ["-i", tmp_path / "fleet/hosts.yml", "-e", "drs_hosts=clusters", *labels]


def _write_host(folder, host, options):
    """Encrypt the secret with a password of its own; that of the last host is none that its cluster knows."""
    secret = NO_SECRET if host == "south" else options.pop("api_token_secret")
    (folder.parent / f"{host}.txt").write_text(f"password-{host}", encoding="utf-8")
    vault = VaultLib([(host, VaultSecret(f"password-{host}".encode()))])
    encrypted = vault.encrypt(secret, vault_id=host).decode()
    indented = "".join(f"  {line}\n" for line in encrypted.splitlines())
    reached = {f"drs_{name}": options[name] for name in ("api_host", "api_port", "api_token_id")}
    text = f"vault_token_secret: !vault |\n{indented}{yaml.safe_dump(reached)}drs_settle: 0\n"
    (folder / "host_vars" / f"{host}.yml").write_text(text, encoding="utf-8")
    (folder / "ca" / f"{host}.pem").symlink_to(options["ca_path"])


def test_a_cluster_that_fails_keeps_none_of_the_others(fleet, clusters, ansible_playbook, tmp_path):
    more = ("-e", "drs_summary_path=summary.txt", "-e", "drs_summary_json=summary.json", "-e", "drs_api_timeout=10")
    done = ansible_playbook("pve.drs.balance", *fleet, *more, cwd=tmp_path, ANSIBLE_CALLBACK_RESULT_FORMAT="yaml")
    assert done.returncode == 2, done.stdout
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    found = {entry["host"]: (entry["cluster"], entry["status"], entry["done"]) for entry in summary["clusters"]}
    moved = len(clusters["east"].log.writing())
    assert moved > 0
    assert found == {"east": ("demo", "moved", moved), "north": ("balanced", "idle", 0), "south": ("", "failed", 0)}
    assert "does not accept the secret of API token drs@pve!demo" in summary["clusters"][2]["message"]
    text = (tmp_path / "summary.txt").read_text(encoding="utf-8")
    assert text == summary["text"]
    assert all(line.strip() in done.stdout for line in text.splitlines())
    assert "Why act" not in done.stdout, "drs_quiet leaves the reports to the files"
    assert {file.name for file in (tmp_path / "fleet/reports").iterdir()} == {"east.html", "north.html"}
    assert {file.name for file in (tmp_path / "fleet/state").iterdir()} == {"east.db", "north.db"}
    assert not any(simulator.connection["tokens"][TOKEN] in done.stdout + text for simulator in clusters.values())


def test_clusters_do_not_overwrite_each_others_files(fleet, clusters, ansible_playbook, tmp_path):
    before = [len(simulator.log.entries()) for simulator in clusters.values()]
    done = ansible_playbook("pve.drs.report", *fleet, "-e", "drs_plan_save=plan.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "More than one cluster would use plan.json. Each needs files of its own" in done.stdout + done.stderr
    assert [len(simulator.log.entries()) for simulator in clusters.values()] == before
