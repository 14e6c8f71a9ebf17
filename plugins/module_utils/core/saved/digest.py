# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A short sum over plain data that tells whether it is still the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

DIGITS = 16


def digest_of(value: object) -> str:
    """The same whatever the order of keys was, and however a program wrote whole numbers."""
    text = json.dumps(_plain(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _plain(value: object) -> object:
    """As JSON has it; sets are sorted, and 2.0 is 2."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return int(value) if isinstance(value, float) and value.is_integer() else value
