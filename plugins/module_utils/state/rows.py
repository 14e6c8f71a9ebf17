# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Rows of a table as frozen dataclasses whose fields are its columns."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from typing import Any, TypeVar

Kind = TypeVar("Kind")


def columns(kind: type) -> tuple[str, ...]:
    """The names of its fields, in order."""
    return tuple(field.name for field in fields(kind))


def select(kind: type, table: str) -> str:
    """The beginning of a query that `made` understands."""
    return f"SELECT {', '.join(columns(kind))} FROM {table} "  # noqa: S608 - names of our own fields and tables


def made(kind: type[Kind], row: tuple[Any, ...]) -> Kind:
    """A row of `select`, with values as their columns hold them."""
    return kind(**dict(zip(columns(kind), row, strict=True)))


def put(database: sqlite3.Connection, table: str, values: dict[str, object]) -> None:
    """Insert a row, or put it in the place of the one with the same key."""
    names, marks = ", ".join(values), ", ".join("?" for _unused in values)
    statement = f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - as above
    database.execute(statement, tuple(values.values()))
