# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The role takes the options that drs_balance has."""

import os
import re
import subprocess
import sys

import yaml


def test_the_role_takes_every_option_of_the_module(root, collections_path):
    command = [sys.executable, str(root / "tests/utils/role_options.py"), "--check"]
    environment = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(collections_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr + "run: python tests/utils/role_options.py"


def test_truth_values_that_come_as_text_mean_what_they_say(root):
    """-e drs_dry_run=false and an inventory in INI format give text, which is true where nothing makes a truth value of it."""
    options = yaml.safe_load((root / "roles/drs/meta/argument_specs.yml").read_text())["argument_specs"]["main"][
        "options"
    ]
    own = set(yaml.safe_load((root / "roles/drs/defaults/main.yml").read_text()))
    truths = "|".join(sorted(name for name in own if options[name]["type"] == "bool"))
    decides = re.compile(rf"(?:\b(?:if|when:|and|or|not) +|\{{\{{ )({truths})\b(?! \| bool)")
    files = [
        path
        for folder in ("tasks", "handlers", "templates", "vars")
        for path in (root / "roles/drs" / folder).rglob("*.*")
    ]
    found = [f"{path.name}: {name}" for path in sorted(files) for name in decides.findall(path.read_text())]
    assert found == ["units.yml: drs_enabled"]  # an argument of a module, which makes a truth value of it


def test_the_service_sees_what_tells_that_another_process_has_ended(root):
    """The turn of a run that was killed is free at once only where the number of the boot can be read."""
    unit = (root / "roles/drs/templates/service.j2").read_text()
    assert not re.search("^(ProcSubset=|PrivatePIDs=)", unit, re.MULTILINE)
