# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The tutorial is carried out as it stands: each of its commands, in order, in a clone with an empty home."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from ansible_collections.pve.drs.tests.unit.newcomer import Shell, clone, environment, machine
from ansible_collections.pve.drs.tests.unit.pages import blocks_of, missing_line

pytestmark = pytest.mark.long

PAGE = Path(__file__).parents[2] / "docs/tutorial/first-hour.md"
BLOCKS = blocks_of(PAGE.read_text(encoding="utf-8"))
DEMO = "make demo\n"
# from here on a systemd is needed
SYSTEMD = next(block.line for block in BLOCKS if "control.yml" in block.text)
HERE = "ansible_connection: local"


def steps():
    """Each block of commands with the block that shows what it prints, if there is one."""
    for block, after in pairwise([*BLOCKS, None]):
        if block.language == "sh":
            shown = after.text if after and after.language == "text" else ""
            yield pytest.param(block, shown, id=f"line {block.line}: {block.text.splitlines()[0]}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where everything goes: the clone, the home, and commands of our own; whatever runs there in the end is stopped."""
    folder = tmp_path_factory.mktemp("newcomer")
    for place in ("commands", "home"):
        (folder / place).mkdir()
    yield folder
    if (left := folder / "home/first-hour/lab/pid").exists():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(left.read_text(encoding="utf-8")), signal.SIGTERM)


@pytest.fixture(scope="module")
def shell(root, folder, startup_folder):
    """A shell in a clone of the collection."""
    if not (root / ".git").exists():
        pytest.skip("this is no clone: only git knows which files belong to the collection")
    if uv := shutil.which("uv", path=Path(sys.executable).parent):
        (folder / "commands/uv").symlink_to(uv)
    connection = str(root / "tests/systemd/connection")
    more = {"ANSIBLE_CONNECTION_PLUGINS": connection, "PYTHONPATH": str(startup_folder)}
    known = environment(folder / "home", folder / "commands", **more)
    shell = Shell(clone(root, folder / "clone"), known)
    yield shell
    shell.close()


@pytest.fixture(scope="module")
def printed():
    """What each block of commands has printed."""
    return {}


@pytest.fixture(scope="module")
def leader(root, folder):
    """The machine `control`, in the place of the one that the newcomer sits at; the command sudo reaches it."""
    able = subprocess.run(["sh", str(root / "tests/systemd/able.sh")], check=False, capture_output=True, text=True)
    if able.returncode:
        pytest.skip(able.stdout.strip())
    with machine(root, folder / "machine") as leader:
        sudo = folder / "commands/sudo"
        sudo.write_text(f'#!/bin/sh\nexec nsenter --target={leader} --all -- "$@"\n', encoding="utf-8")
        sudo.chmod(0o755)
        yield leader


def test_every_block_is_run_or_compared():
    assert {block.language for block in BLOCKS} == {"sh", "text"}
    assert all(before.language == "sh" for before, after in pairwise(BLOCKS) if after.language == "text")


@pytest.mark.parametrize(("block", "shown"), list(steps()))
def test_what_the_tour_says_is_what_happens(block, shown, shell, printed, request):
    if shell.process.poll() is not None:
        pytest.skip("an earlier step of the tour failed")
    commands = block.text
    if block.line >= SYSTEMD:
        leader = request.getfixturevalue("leader")
        inside = f"ansible_connection: inside\n      inside_leader: {leader}\n      ansible_become: false"
        commands = commands.replace(HERE, inside)
    printed[block.text] = shell.paste(commands)
    compare(shown, printed[block.text])


def compare(shown, printed):
    missing = missing_line(shown, printed)
    assert missing is None, f"the page shows\n{missing}\nand this was printed:\n{printed}"


def test_the_first_page_shows_what_the_demo_prints(root, printed):
    first = next(
        block for block in blocks_of((root / "README.md").read_text(encoding="utf-8")) if block.language == "text"
    )
    if DEMO not in printed:
        pytest.skip("the demo failed, which is told above")
    command, shown = first.text.split("\n", maxsplit=1)
    assert f"{command}\n" == f"$ {DEMO}"
    compare(shown, printed[DEMO])


def test_nothing_is_left_of_the_service(leader):
    places = ["/etc", "/opt", "/var/lib", "-name", "*pve-drs*"]
    look = ["nsenter", f"--target={leader}", "--all", "find", *places]
    assert subprocess.run(look, check=True, capture_output=True, text=True).stdout == ""
