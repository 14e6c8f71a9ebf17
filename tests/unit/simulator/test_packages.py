# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Whoever lacks a package is told which, and how to get it."""

import shlex
import sys
from importlib.metadata import version

import pytest

from simulator.packages import advice


@pytest.fixture
def requirements(tmp_path):
    """Write a file of requirements."""

    def write(*lines):
        file = tmp_path / "what is needed.txt"
        file.write_text("# Copyright\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
        return file

    return write


def test_what_is_missing_and_what_is_too_old_is_named_with_a_command_to_be_copied(requirements):
    present = version("aiohttp")
    file = requirements("no-such-package>=1.0", "aiohttp>=3.9", "PyYAML>=6.0", "cryptography>=9999")
    told, command = advice(file).split(" Install what is missing: ")
    assert told == (
        f"{sys.executable} lacks no-such-package>=1.0, cryptography>=9999 (there is {version('cryptography')})."
    )
    assert shlex.split(command) == [sys.executable, "-m", "pip", "install", "-r", str(file)]
    assert present not in told


def test_where_nothing_is_missing_nothing_is_said(requirements, root):
    assert advice(requirements("aiohttp>=3.9")) == ""
    assert advice(root / "requirements.txt", root / "simulator/requirements.txt") == ""


def test_versions_are_compared_as_numbers(requirements, monkeypatch):
    monkeypatch.setattr("simulator.packages.version", lambda _name: "3.10.1")
    assert advice(requirements("aiohttp>=3.9")) == ""
    assert "lacks aiohttp>=3.11 (there is 3.10.1)" in advice(requirements("aiohttp>=3.11"))


def test_every_line_of_our_requirements_is_understood(root, monkeypatch):
    """A line that the simulator cannot read would never be missed."""
    monkeypatch.setattr("simulator.packages.version", lambda _name: "0")
    for file in (root / "requirements.txt", root / "simulator/requirements.txt"):
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
        assert all(line in advice(file) for line in lines)
