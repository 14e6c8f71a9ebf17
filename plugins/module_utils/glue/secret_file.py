# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A file with a secret that nobody but its owner can read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy

OPTION = "secret_file"


@contextmanager
def new_secret_file(path: str) -> Iterator[Callable[[str], None]]:
    """Prove that it can be written, before there is a secret; gives what writes it. Raises BadPolicy.

    The file appears as a whole, with mode 0600, or not at all.
    """
    target = Path(path)
    try:
        handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise _unwritable(path, error) from error
    os.close(handle)
    try:
        yield partial(_keep, Path(draft), target)
    finally:
        Path(draft).unlink(missing_ok=True)


def _keep(draft: Path, target: Path, secret: str) -> None:
    try:
        draft.write_text(f"{secret}\n", encoding="utf-8")
        draft.replace(target)
    except OSError as error:
        raise _unwritable(str(target), error) from error


def remove_secret_file(path: str, *, pretend: bool) -> bool:
    """True when it was there. Raises BadPolicy."""
    target = Path(path)
    if not target.is_file():
        return False
    try:
        if not pretend:
            target.unlink()
    except OSError as error:
        raise BadPolicy(f"{OPTION}: {path} cannot be removed ({error.strerror})") from error
    return True


def _unwritable(path: str, error: OSError) -> BadPolicy:
    return BadPolicy(f"{OPTION}: {path} cannot be written ({error.strerror}); does the folder exist?")
