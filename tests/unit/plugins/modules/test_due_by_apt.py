# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a rolling update takes as due on a real node, where only apt-get itself is played."""

import json
import os
import sys

import pytest

NOTHING = "Reading package lists...\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n"
SOMETHING = (
    "Reading package lists...\nInst pve-manager [9.1.1] (9.1.2 Proxmox:13/stable [amd64])\nConf pve-manager (9.1.2)\n"
)


@pytest.mark.parametrize(("told", "is_due"), [(SOMETHING, True), (NOTHING, False)], ids=["something", "nothing"])
def test_what_apt_would_upgrade_is_due(root, ansible_playbook, tmp_path, told, is_due):
    (tmp_path / "told").write_text(told, encoding="utf-8")
    played = tmp_path / "apt-get"
    played.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\ncat {tmp_path}/told\n', encoding="utf-8")
    played.chmod(0o700)
    keep = {"content": "{{ [drs_rolling_update_due, drs_rolling_reboot_due] | to_json }}", "dest": f"{tmp_path}/due"}
    tasks = [
        {"ansible.builtin.include_tasks": str(root / "playbooks/tasks/rolling/due_apt.yml")},
        {"ansible.builtin.copy": keep | {"mode": "0600"}},
    ]
    variables = {"ansible_python_interpreter": sys.executable}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables, "tasks": tasks}
    (tmp_path / "due.yml").write_text(json.dumps([play]), encoding="utf-8")
    done = ansible_playbook(str(tmp_path / "due.yml"), PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert done.returncode == 0, done.stdout
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert [line.split()[0] for line in asked] == ["update", "--simulate"]
    update_due, reboot_due = json.loads((tmp_path / "due").read_text(encoding="utf-8"))
    assert update_due is is_due
    assert isinstance(reboot_due, bool)
