# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Processes of this host, told apart also when their numbers are used again."""

from __future__ import annotations

import getpass
import os
import socket
from pathlib import Path

PROC = Path("/proc")
DEAD_STATES = ("Z", "X")
# Within what follows the name of the program: its state, and when it was started.
STATE, BEGAN = 0, 19


def this_process() -> str:
    """Boot, process namespace, number and start of this process; empty where the system does not tell."""
    try:
        return " ".join((*_system(), str(os.getpid()), _stat(os.getpid())[BEGAN]))
    except (OSError, IndexError):
        return ""


def has_ended(process: str) -> bool:
    """True when it ran under this very kernel and is no more; of others nothing is known, so False."""
    try:
        boot, namespace, number, began = process.split()
        if (boot, namespace) != _system():
            return False
    except (OSError, ValueError):
        return False
    try:
        stat = _stat(int(number))
    except OSError:
        return not _answers(int(number))
    return stat[STATE] in DEAD_STATES or stat[BEGAN] != began


def _answers(number: int) -> bool:
    """Whether there is such a process, which may be another user's that /proc hides or keeps to itself (hidepid)."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # there is one to be denied
    return True


def this_owner() -> str:
    """Host, process and user, for people."""
    return f"{socket.gethostname()}, process {os.getpid()}, user {user_name()}"


def user_name() -> str:
    """Of this process; its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _system() -> tuple[str, str]:
    boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return boot, str((PROC / "self/ns/pid").readlink())


def _stat(number: int) -> list[str]:
    """What follows the name, which may hold blanks and brackets."""
    return (PROC / str(number) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
