# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The page of pitfalls: every line names tests that exist."""

import re

import pytest

DECIDING, CHOOSING, MOVING, MAINTENANCE, ACCESS = (
    range(1, 17),
    range(17, 45),
    range(45, 68),
    range(68, 80),
    range(80, 87),
)


@pytest.fixture(scope="module")
def lines(root):
    """The tests of each pitfall by its number."""
    page = (root / "docs" / "reference" / "pitfalls.md").read_text(encoding="utf-8")
    rows = (line.strip("| ").split(" | ") for line in page.splitlines() if re.match(r"\| \d", line))
    return {int(cells[0]): re.findall(r"`(tests/[^`]+)`", cells[3]) for cells in rows}


def exists(root, name):
    """A file, or `file::function`."""
    file, _unused, function = name.partition("::")
    path = root / file
    return path.is_file() and (not function or f"def {function}(" in path.read_text(encoding="utf-8"))


def test_every_pitfall_has_its_line(lines):
    assert sorted(lines) == [*DECIDING, *CHOOSING, *MOVING, *MAINTENANCE, *ACCESS]


def test_every_line_names_tests_that_exist(root, lines):
    assert [number for number, tests in lines.items() if not tests] == []
    assert [name for tests in lines.values() for name in tests if not exists(root, name)] == []


def test_a_test_that_is_gone_is_found(root):
    assert exists(root, "tests/unit/test_pitfalls.py::exists")
    assert not exists(root, "tests/unit/test_pitfalls.py::vanished")
    assert not exists(root, "tests/unit/test_vanished.py")
