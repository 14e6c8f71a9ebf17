# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Keeps the archives that Ansible packs modules into, 400 files each, and what Python compiles out of them, beside this file.

Ansible packs anew for every run, and Python compiles for every task. The tests put a copy of this file on the PYTHONPATH
of the commands that they start; nothing else changes for these.
"""

import hashlib
import marshal
import os
import sys
import tempfile
import zipimport
from pathlib import Path

FOLDER = Path(__file__).parent
ARCHIVES = FOLDER / "archives"
compile_source, make_folder = zipimport._compile_source, tempfile.mkdtemp


def compile_once(path, source):
    """Compile a file of an archive, or take what an earlier process has compiled from the same text."""
    inside = path.rpartition(f".zip{os.sep}")[2]
    kept = FOLDER / f"{hashlib.sha256(inside.encode() + source).hexdigest()}.{sys.implementation.cache_tag}"
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


def share_archives(suffix=None, prefix=None, dir=None):  # noqa: A002 - called with this name
    """Lead from the folder of a run to the archives of all runs: Ansible takes what is there, and packs under a lock."""
    folder = make_folder(suffix, prefix, dir)
    if (prefix or "").startswith("ansible-local-"):
        ARCHIVES.mkdir(exist_ok=True)
        Path(folder, "ansiballz_cache").symlink_to(ARCHIVES)
    return folder


zipimport._compile_source = compile_once
tempfile.mkdtemp = share_archives
