# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Keeps what Python compiles out of archives, beside this file: Ansible packs a module with 400 files anew for every task.

The tests put a copy of this file on the PYTHONPATH of the commands that they start; nothing else changes for these.
"""

import hashlib
import marshal
import os
import zipimport
from pathlib import Path

FOLDER = Path(__file__).parent
compile_source = zipimport._compile_source


def compile_once(path, source):
    """Compile a file of an archive, or take what an earlier process has compiled from the same text."""
    inside = path.rpartition(f".zip{os.sep}")[2]
    kept = FOLDER / hashlib.sha256(inside.encode() + source).hexdigest()
    try:
        return marshal.loads(kept.read_bytes())  # noqa: S302 - the tests have written it
    except FileNotFoundError:
        return keep(compile_source(path, source), kept)


def keep(code, kept):
    """Write it as a whole: other processes read it meanwhile."""
    part = kept.with_name(f"{kept.name}.{os.getpid()}")
    part.write_bytes(marshal.dumps(code))
    part.replace(kept)
    return code


zipimport._compile_source = compile_once
