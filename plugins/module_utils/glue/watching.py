# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Who watches an execution of this process."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.pve.drs.plugins.module_utils.glue.journal import JOURNAL, JournalWatcher
from ansible_collections.pve.drs.plugins.module_utils.glue.progress import VARIABLE, ProgressStream
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher


def watchers_of_process(settle_seconds: float) -> tuple[Watcher, ...]:
    """The system log and, where the environment names a folder for it, a stream of progress."""
    folder = os.environ.get(VARIABLE)
    stream = (ProgressStream(Path(folder), settle_seconds),) if folder else ()
    return (JournalWatcher(JOURNAL.write), *stream)
