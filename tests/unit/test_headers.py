# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Every file says whose it is and under which licence."""

import os
from collections.abc import Iterator
from pathlib import Path

# REUSE-IgnoreStart
HEAD = (
    "Copyright: (c) 2026, the pve.drs authors",
    "GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)",
    "SPDX-License-Identifier: GPL-3.0-or-later",
    "SPDX-FileCopyrightText: 2026 the pve.drs authors",
)
# REUSE-IgnoreEnd
# written by antsibull-changelog, which keeps no comments; REUSE.toml speaks for the first, git ignores the second
WRITTEN = {"changelogs/changelog.yaml", "changelogs/.plugin-cache.yaml"}
SUFFIXES = {".py", ".sh", ".yml", ".yaml", ".toml", ".j2", ".cfg", ".ini"}
TOOLS = {
    ".git",
    ".venv",
    ".nox",
    ".ansible",
    ".pytest_cache",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    "build",
    "output",
}


def our_files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - TOOLS)
        found = (Path(folder, name) for name in sorted(names) if Path(name).suffix in SUFFIXES)
        yield from (file for file in found if file.relative_to(root).as_posix() not in WRITTEN)


def has_head(text: str) -> bool:
    """Tell whether the four lines stand at the top, below a shebang, a document start or a script's dependencies."""
    lines = [line.strip("# {}-*") for line in text.splitlines()[:12]]
    return any(tuple(lines[start : start + len(HEAD)]) == HEAD for start in range(len(lines)))


def test_every_file_starts_with_its_licence(root):
    bare = [str(file.relative_to(root)) for file in our_files(root) if not has_head(file.read_text(encoding="utf-8"))]
    assert bare == []


def test_a_wrong_head_is_found():
    text = "\n".join(f"# {line}" for line in HEAD)
    assert has_head(f"#!/bin/sh\n{text}\n")
    assert not has_head(text.replace("GPL-3.0-or-later\n", "MIT\n"))


def test_the_licence_is_the_gpl(root):
    texts = {
        (root / name).read_text(encoding="utf-8") for name in ("COPYING", "LICENSE", "LICENSES/GPL-3.0-or-later.txt")
    }
    assert len(texts) == 1
    assert "GNU GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007" in texts.pop()
