# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""All methods the simulator serves, and how a path finds its method."""

from __future__ import annotations

from dataclasses import dataclass

from .access import ACCESS_METHODS
from .cluster import CLUSTER_METHODS
from .guests import GUEST_METHODS
from .ha import HA_METHODS
from .nodes import NODE_METHODS
from .replication import REPLICATION_METHODS
from .types import Method

METHODS: tuple[Method, ...] = (
    *CLUSTER_METHODS, *ACCESS_METHODS, *HA_METHODS, *NODE_METHODS, *GUEST_METHODS, *REPLICATION_METHODS,
)  # fmt: skip


@dataclass(frozen=True)
class Match:
    """A method found for a path, with what stood in place of its braces."""

    method: Method
    path_params: dict[str, str]


def _index() -> dict[tuple[str, int], list[tuple[tuple[str, ...], Method]]]:
    """Group the methods by verb and path length, exact words before braces."""
    index: dict[tuple[str, int], list[tuple[tuple[str, ...], Method]]] = {}
    for method in METHODS:
        parts = tuple(method.path.strip("/").split("/"))
        index.setdefault((method.verb, len(parts)), []).append((parts, method))
    for candidates in index.values():
        candidates.sort(key=lambda entry: [part.startswith("{") for part in entry[0]])
    return index


_INDEX = _index()


def find(verb: str, path: str, profile: str) -> Match | None:
    """Find the method of this profile that answers the path."""
    parts = tuple(path.strip("/").split("/"))
    for pattern, method in _INDEX.get((verb, len(parts)), ()):
        found = _bind(pattern, parts)
        if found is not None and method.exists_in(profile):
            return Match(method, found)
    return None


def _bind(pattern: tuple[str, ...], parts: tuple[str, ...]) -> dict[str, str] | None:
    """Match the parts of a path with a pattern."""
    found = {}
    for expected, part in zip(pattern, parts, strict=True):
        if expected.startswith("{"):
            found[expected[1:-1]] = part
        elif expected != part:
            return None
    return found
