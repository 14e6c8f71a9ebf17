# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""A newcomer at a shell: a clone of the collection, an empty home, and a machine with systemd where one can be booted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_SECONDS = 30.0
BLOCK_SECONDS = 300.0
# tells of ours would help a newcomer who has none
OURS = ("ANSIBLE_", "PROXMOX_", "PVE_", "PYTHON", "VIRTUAL_ENV", "COV_")


def clone(root: Path, target: Path) -> Path:
    """Copy what belongs to the collection, as git would."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name)
    return target


def environment(home: Path, commands: Path, **more: str) -> dict[str, str]:
    """What a newcomer's shell knows; caches are ours, so that nothing is downloaded twice."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    old = Path.home()
    kept.setdefault("XDG_CACHE_HOME", str(old / ".cache"))
    if (old / ".pyenv").is_dir():
        kept.setdefault("PYENV_ROOT", str(old / ".pyenv"))
    own = str(Path(sys.executable).parent)
    path = [str(commands), *(part for part in os.environ["PATH"].split(os.pathsep) if part != own)]
    return kept | {"HOME": str(home), "PATH": os.pathsep.join(path), "LC_ALL": "C.UTF-8", **more}


class Shell:
    """Blocks are pasted into one bash, so that folders and variables stay as the last one left them."""

    MARK = "-- end of the block --"

    def __init__(self, folder: Path, known: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            ["bash", "--norc", "-e"],
            cwd=folder,
            env=known,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def paste(self, block: str) -> str:
        """Return what was printed; AssertionError with all of it when a command fails, or takes too long."""
        watch = threading.Timer(BLOCK_SECONDS, os.killpg, (self.process.pid, signal.SIGKILL))
        watch.start()
        try:
            return self._paste(block)
        finally:
            watch.cancel()

    def _paste(self, block: str) -> str:
        self.process.stdin.write(f"{{\n{block}\n}} < /dev/null\necho '{self.MARK}'\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline()) != f"{self.MARK}\n":
            assert line, f"this ends with an error:\n{block}\n{''.join(lines)}"
            lines.append(line)
        return "".join(lines)

    def close(self) -> None:
        """End the shell."""
        self.process.stdin.close()
        self.process.wait(PATIENCE_SECONDS)


@contextmanager
def machine(root: Path, folder: Path) -> Iterator[int]:
    """Boot a systemd; gives the number of its first process as seen from here."""
    (folder / "root").mkdir(parents=True)
    boot = ["sh", str(root / "tests/systemd/boot.sh"), str(folder / "root")]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(boot, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True) as booted,
    ):
        try:
            yield _leader(booted.pid)
        finally:
            booted.send_signal(signal.SIGTERM)
            booted.wait(PATIENCE_SECONDS)


def _leader(parent: int) -> int:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        found = subprocess.run(
            ["pgrep", "-P", str(parent), "-x", "systemd"], check=False, capture_output=True, text=True
        )
        if found.stdout and _runs(int(found.stdout)):
            return int(found.stdout)
        time.sleep(0.2)
    raise AssertionError(f"systemd did not start within {PATIENCE_SECONDS} s")


def _runs(leader: int) -> bool:
    command = ["nsenter", f"--target={leader}", "--all", "systemctl", "is-system-running"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip() in (
        "running",
        "degraded",
    )
