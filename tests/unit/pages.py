# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Pages of the documentation: their blocks of code, their links, and whether what they show was printed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
# a figure that stands alone, not the 1 of pve1
FIGURE = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-]|\.\d)")
BAR = re.compile(r"#+\.*|\.{4,}")
# loads differ from run to run: by a fifth, or by three where they are small
SHARE, LEAST = 0.2, 3.0


@dataclass(frozen=True)
class Block:
    """One block of code, with the number of its first line."""

    language: str
    text: str
    line: int


def blocks_of(page: str) -> list[Block]:
    """All blocks of code of a page, in order."""
    return [Block(found[1], found[2], page.count("\n", 0, found.start()) + 2) for found in BLOCK.finditer(page)]


def prose_of(page: str) -> str:
    """A page without its blocks of code."""
    return BLOCK.sub("", page)


def anchors_of(page: str) -> set[str]:
    """What a link to a heading of the page may end with."""
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in HEADING.findall(prose_of(page)))
    return {heading.strip().replace(" ", "-") for heading in plain}


def pages_of(root: Path) -> list[Path]:
    """Every page that a reader may come by."""
    top = [root / name for name in ("README.md", "CONTRIBUTING.md", "simulator/README.md", "roles/drs/README.md")]
    return [*top, *(file for file in sorted((root / "docs").rglob("*.md")) if "build" not in file.parts)]


def missing_line(shown: str, printed: str) -> str | None:
    """The first line of `shown` that was not printed after those before it; None if all were.

    `...` as a line stands for any lines, within a line for any text. Figures may differ a little.
    """
    left = iter(printed.splitlines())
    for line in shown.splitlines():
        if line.strip() and line.strip() != "..." and not any(_agree(line, other) for other in left):
            return line
    return None


def _agree(shown: str, printed: str) -> bool:
    if "..." in BAR.sub("", shown):
        parts = (re.escape(part.strip()) for part in shown.split("..."))
        return re.search(".*".join(parts), printed) is not None
    if _without_figures(shown) != _without_figures(printed):
        return False
    pairs = zip(FIGURE.findall(shown), FIGURE.findall(printed), strict=True)
    return all(abs(float(one) - float(other)) <= max(LEAST, SHARE * float(one)) for one, other in pairs)


def _without_figures(line: str) -> str:
    # a figure with more digits takes the place of blanks; Ansible fills its headings up with asterisks
    return " ".join(BAR.sub("|", FIGURE.sub("N", line)).split()).rstrip(" *")
