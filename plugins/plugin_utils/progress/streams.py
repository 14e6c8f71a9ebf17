# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Read events that another process appends to files of a folder, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Event = dict[str, Any]


class Streams:
    """Every event of every file, each once, in the order in which they were written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}

    def new_events(self) -> Iterator[Event]:
        """Raises ValueError for what is no event. A line that is not complete yet is left for the next time."""
        for file in sorted(self._folder.glob("*.jsonl")):
            yield from map(_event, self._new_lines(file))

    def _new_lines(self, file: Path) -> list[bytes]:
        begin = self._read.get(file, 0)
        with file.open("rb") as stream:
            stream.seek(begin)
            found = stream.read()
        whole = found[: found.rfind(b"\n") + 1]
        self._read[file] = begin + len(whole)
        return whole.splitlines()


def _event(line: bytes) -> Event:
    event = json.loads(line)
    if not isinstance(event, dict):
        raise ValueError(f"this is no event: {line!r}")  # noqa: TRY004 - what is wrong is the text
    return event
