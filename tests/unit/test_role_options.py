# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The role takes the options that drs_balance has."""

import os
import subprocess
import sys


def test_the_role_takes_every_option_of_the_module(root, collections_path):
    command = [sys.executable, str(root / "tests/utils/role_options.py"), "--check"]
    environment = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(collections_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr + "run: python tests/utils/role_options.py"
