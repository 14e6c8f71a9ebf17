# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Install pip into a fresh virtual environment, for ansible-test where it cannot download its own such script.

ansible-test runs this with the arguments of get-pip.py: pip options and packages.
"""

import ensurepip
import runpy
import sys

OPTIONS_OF_GET_PIP = {"--no-setuptools", "--no-wheel"}

if __name__ == "__main__":
    ensurepip.bootstrap(default_pip=True)
    arguments = [argument for argument in sys.argv[1:] if argument not in OPTIONS_OF_GET_PIP]
    sys.argv = ["pip", "install", "--quiet", *arguments]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
