# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Callback plugin journal."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: journal
type: stdout
short_description: Tells of scheduled runs in few words
version_added: 0.2.0
author: the pve.drs authors (@pve-drs)
description:
  - Prints one line for each cluster where nothing was done, and the whole report where something was done, is recommended, or went wrong.
  - Of other tasks it prints failures only, so that the journal of a service that runs every few minutes stays readable.
requirements:
  - Set it as C(stdout_callback). Role P(pve.drs.drs#role) does.
"""

from collections.abc import Mapping
from typing import Any

from ansible.plugins.callback import CallbackBase

from ansible_collections.pve.drs.plugins.plugin_utils.schedule.journal import failure_line, run_lines


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Prints what `plugin_utils/schedule/journal.py` makes of the results."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "pve.drs.journal"

    def v2_runner_on_ok(self, result: Any) -> None:
        self._tell(result, failed=False)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            self._tell(result, failed=True)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._tell(result, failed=True)

    def _tell(self, result: Any, *, failed: bool) -> None:
        """Warnings are printed by Ansible's own display."""
        host, values = result.host.get_name(), result.result
        self._handle_warnings_and_exception(result)
        lines = run_lines(host, values) if _is_run(values) else []
        if failed and not values.get("_ansible_no_log"):
            lines = [*lines, failure_line(host, result.task.get_name(), values)]
        elif failed:
            lines = [f"{host}: {result.task.get_name()}: failed; its result is hidden"]
        for line in lines:
            self._display.display(line)


def _is_run(values: Mapping[str, Any]) -> bool:
    """Its plan is null where it left everything to another node."""
    return "plan" in values and isinstance(values["plan"], Mapping | None) and isinstance(values.get("report"), str)
