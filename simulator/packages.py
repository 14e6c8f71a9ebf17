# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""`python -m simulator.packages FILE...`: which packages of requirements files this Python lacks, and how to get them."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

OWN = Path(__file__).with_name("requirements.txt")
LINE = re.compile(r"(?P<name>[\w.-]+)>=(?P<least>[\d.]+)")


def advice(*files: Path) -> str:
    """Say in one line what is missing and which command installs it; empty when nothing is."""
    missing = [told for file in files for told in _missing(file.read_text(encoding="utf-8"))]
    if not missing:
        return ""
    named = [word for file in files for word in ("-r", str(file.absolute()))]
    command = shlex.join([sys.executable, "-m", "pip", "install", *named])
    return f"{sys.executable} lacks {', '.join(missing)}. Install what is missing: {command}"


def _missing(requirements: str) -> Iterator[str]:
    """Look at lines such as `name>=1.2`; comments are passed over."""
    for found in filter(None, map(LINE.fullmatch, requirements.splitlines())):
        try:
            present = version(found["name"])
        except PackageNotFoundError:
            yield found[0]
            continue
        if _numbers(present) < _numbers(found["least"]):
            yield f"{found[0]} (there is {present})"


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", release)))


if __name__ == "__main__":
    sys.exit(advice(*map(Path, sys.argv[1:])) or None)
