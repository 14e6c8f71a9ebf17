# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Values as PVE sends them: numbers may be texts, booleans are 0, 1, "1" or absent (pve-api 1)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError

# Whatever JSON holds; the converters below give it a type.
Json: TypeAlias = Any
Row = Mapping[str, Json]
Rows = Sequence[Row]


def number(value: object) -> float | None:
    """A finite number that is not negative; everything else is missing (drs-model 2.9)."""
    try:
        found = float(str(value))
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def whole(value: object) -> int | None:
    found = number(value)
    return None if found is None else int(found)


def flag(value: object) -> bool:
    return str(value) in ("1", "True", "true")


def text(value: object) -> str | None:
    """A text that says something, or None."""
    return str(value) if value not in (None, "") else None


def items(value: object) -> tuple[str, ...]:
    """A list, sent as one or as text with commas, semicolons or blanks between its items."""
    if isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    return tuple(str(value or "").replace(";", " ").replace(",", " ").split())


def settings(value: object) -> dict[str, str]:
    """A property string such as `ha=static,ha-rebalance-on-start=1`, or the object that newer versions send."""
    if isinstance(value, dict):
        return {str(key): str(item) for key, item in value.items()}
    pairs = (part.partition("=") for part in str(value or "").split(","))
    return {key.strip(): item.strip() for key, _unused, item in pairs if key.strip()}


def rows_of(value: object, path: str) -> Rows:
    """A list of objects. Raises ApiError when the answer has another shape."""
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return value
    raise ApiError(f"GET {path}: the API answered with something else than a list of objects")


def row_of(value: object, path: str) -> Row:
    """One object; nothing stands for an empty one. Raises ApiError when the answer has another shape."""
    if isinstance(value, dict):
        return value
    if value in (None, []):
        return {}
    raise ApiError(f"GET {path}: the API answered with something else than an object")
