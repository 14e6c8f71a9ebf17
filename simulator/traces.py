# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Recorded loads in numpy archives (.npz), read without numpy: one series in each row, in percent of the guest's size."""

from __future__ import annotations

import ast
import functools
import math
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"\x93NUMPY"
FORMATS = {"|u1": "B", "<u2": "H", "<u4": "I", "<i2": "h", "<i4": "i", "<i8": "q", "<f4": "f", "<f8": "d"}


@dataclass(frozen=True)
class Table:
    """Numbers in rows of equal length; a single number is one row of one."""

    columns: int
    values: tuple[float, ...]

    @property
    def rows(self) -> int:
        return len(self.values) // self.columns

    def row(self, index: int) -> tuple[float, ...]:
        """Counted from 0; after the last row comes the first again."""
        first = index % self.rows * self.columns
        return self.values[first : first + self.columns]


def shares(path: Path, index: int) -> dict[str, list[float]]:
    """The cpu and memory of one guest over time, as fractions of its size; ValueError says what is wrong."""
    tables = _tables(path)
    if "cpu" not in tables:
        raise ValueError(f"{path} holds {', '.join(sorted(tables))}, but no table 'cpu'")
    scale = 100 * (tables["scale"].values[0] if "scale" in tables else 1.0)
    names = {"cpu": "cpu", "mem": "memory"}
    return {names[key]: [value / scale for value in tables[key].row(index)] for key in names if key in tables}


@functools.cache
def _tables(path: Path) -> dict[str, Table]:
    """The tables of an archive that hold numbers."""
    try:
        with zipfile.ZipFile(path) as archive:
            contents = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path}: {error}") from error
    return {name: table for name, content in contents.items() if (table := _table(path, content))}


def _table(path: Path, content: bytes) -> Table | None:
    """Read the format npy: a header as a Python dictionary, then the numbers, row by row."""
    if not content.startswith(MAGIC):
        raise ValueError(f"{path} holds something else than numpy arrays")
    width, form = (2, "<H") if content[6] == 1 else (4, "<I")
    start = 8 + width + struct.unpack_from(form, content, 8)[0]
    header = ast.literal_eval(content[8 + width : start].decode("latin-1"))
    kind, shape = FORMATS.get(header["descr"]), header["shape"]
    count = math.prod(shape)
    if kind is None or not count or header["fortran_order"]:
        return None
    return Table(shape[-1] if shape else 1, struct.unpack_from(f"<{count}{kind}", content, start))
