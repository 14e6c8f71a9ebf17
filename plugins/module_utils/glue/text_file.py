# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Write a file in one go, so that nobody ever reads half of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy

READABLE_BY_ALL = 0o644


def write_text(path: str, text: str, option: str, *, pretend: bool) -> bool:
    """True when the file was not like that before. Raises BadPolicy that names the option."""
    target = Path(path)
    try:
        if target.is_file() and target.read_text(encoding="utf-8", errors="replace") == text:
            return False
        if not pretend:
            _replace(target, text)
    except OSError as error:
        raise BadPolicy(f"{option}: {path} cannot be written ({error.strerror}); does the folder exist?") from error
    return True


def _replace(target: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(READABLE_BY_ALL)
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
