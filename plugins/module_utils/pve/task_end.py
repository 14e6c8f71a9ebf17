# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Why a migration failed: its exit status does not say, the log of its task does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal
from ansible_collections.pve.drs.plugins.module_utils.pve.tasks import is_success

WHOLE_LOG = 0
MOST_CHARACTERS = 300
# The time stands before each line; `TASK ERROR`, the last one, only repeats the exit status (pve-api 6.3).
ERROR = re.compile(r"^[-0-9]+ [:0-9]+ ERROR: (?:migration aborted \(duration [:0-9]+\): )?(.+)")
SAYS_NOTHING = "migration finished with problems"


def with_cause(api: Api, node: str, upid: str, exit_status: str) -> str:
    """The exit status and, of a task that failed, the cause that its log names. Raises NoHostAnswers."""
    if is_success(exit_status):
        return exit_status
    try:
        found = cause_in(api.task_log(node, upid, limit=WHOLE_LOG))
    except ApiRefusal:
        # The log cannot be read, or its node has gone meanwhile: the exit status stands alone.
        return exit_status
    return f"{exit_status}: {found}" if found and found not in exit_status else exit_status


def cause_in(lines: Sequence[str]) -> str | None:
    """The last error of a log that is one, cut to a readable length."""
    causes = [match[1].strip() for line in lines if (match := ERROR.match(line))]
    told = [cause for cause in causes if not cause.startswith(SAYS_NOTHING)]
    if not told:
        return None
    return told[-1] if len(told[-1]) <= MOST_CHARACTERS else f"{told[-1][:MOST_CHARACTERS]}..."
