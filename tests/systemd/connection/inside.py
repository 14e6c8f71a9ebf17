# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Connection plugin inside: runs commands in a container that boot.sh started, whose first process has a known number."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: inside
short_description: Runs commands in the namespaces of a process
version_added: 0.2.0
author: the pve.drs authors (@pve-drs)
description:
  - For tests. Needs root and nsenter.
options:
  leader:
    description: Number of the process, seen from outside.
    type: int
    required: true
    vars:
      - name: inside_leader
"""

import os
import shutil
import subprocess
from pathlib import Path

from ansible.plugins.connection import ConnectionBase


class Connection(ConnectionBase):
    """Files go through standard input and output: no folder is shared."""

    transport = "inside"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def _command(self, *words: str) -> list[str]:
        nsenter = shutil.which("nsenter") or "nsenter"
        return [nsenter, f"--target={self.get_option('leader')}", "--all", "--", *words]

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        # what pip is told by the tests' own environment names files that are not there
        without = {name: value for name, value in os.environ.items() if not name.endswith("_CONSTRAINT")}
        command = self._command("/bin/sh", "-c", cmd)
        done = subprocess.run(command, input=in_data, capture_output=True, check=False, env=without)
        return done.returncode, done.stdout, done.stderr

    def put_file(self, in_path: str, out_path: str) -> None:
        with Path(in_path).open("rb") as source:
            subprocess.run(self._command("tee", out_path), stdin=source, stdout=subprocess.DEVNULL, check=True)

    def fetch_file(self, in_path: str, out_path: str) -> None:
        with Path(out_path).open("wb") as target:
            subprocess.run(self._command("cat", in_path), stdout=target, check=True)

    def close(self) -> None:
        self._connected = False
