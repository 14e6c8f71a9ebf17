# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Callback progress."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: progress
type: aggregate
short_description: Shows what pve.drs moves while it happens
version_added: 0.1.0
author: the pve.drs authors (@pve-drs)
description:
  - Prints a line for each move that M(pve.drs.drs_balance) or M(pve.drs.drs_evacuate) starts, and one for its result, with a bar,
    how many moves of how many are done, and about how long the rest will take. Otherwise Ansible shows nothing before a module has ended.
  - The lines begin with the name of the host, so that several clusters can be told apart that are balanced at the same time.
    They are plain text, and have colors only where Ansible's other lines have them.
  - It follows a stream of events that the module writes into a folder, which only the user who runs Ansible may enter and which is removed afterwards.
    The stream holds names of clusters, nodes and guests, the reasons of results, and no secrets.
  - It changes nothing in what a playbook does, and does not keep it waiting.
requirements:
  - Enable it in the configuration of Ansible, for example with C(ANSIBLE_CALLBACKS_ENABLED=pve.drs.progress).
options:
  heartbeat:
    description:
      - After so many seconds without a line, one tells what is under way and for how long. V(0) is for never.
    type: float
    default: 30
    env:
      - name: PVE_DRS_PROGRESS_HEARTBEAT
    ini:
      - section: callback_pve_drs_progress
        key: heartbeat
notes:
  - The module learns of the folder by the variable C(PVE_DRS_PROGRESS) of its environment. It does when it runs on the controller, as in the playbooks
    of this collection, by C(connection=local) or C(delegate_to=localhost). It does not when it runs on another machine, nor with C(become),
    which hands no variables on. Nothing is shown then; the system log of the machine that the module runs on has the same in plain lines.
seealso:
  - module: pve.drs.drs_balance
  - module: pve.drs.drs_evacuate
"""

import os
import sys
from collections.abc import Mapping
from typing import Any

from ansible import constants
from ansible.executor.task_result import CallbackTaskResult
from ansible.inventory.host import Host
from ansible.playbook.task import Task
from ansible.plugins.callback import CallbackBase
from ansible.utils.display import Display

from ansible_collections.pve.drs.plugins.plugin_utils.progress.follower import Follower
from ansible_collections.pve.drs.plugins.plugin_utils.progress.lines import BAD, GOOD, ODD, Line

VARIABLE = "PVE_DRS_PROGRESS"
COLORS = {GOOD: constants.COLOR_OK, BAD: constants.COLOR_ERROR, ODD: constants.COLOR_WARN}
MODULES = frozenset({"pve.drs.drs_balance", "pve.drs.drs_evacuate"})


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Follow the modules that move guests."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "pve.drs.progress"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display: Display | None = None, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(display=display, options=options)
        self._follower: Follower | None = None
        self._given = os.environ.get(VARIABLE)

    def v2_runner_on_start(self, host: Host, task: Task) -> None:
        """Just before the process of the module is made, by the process that makes it and hands its environment on."""
        if _moves_guests(task):
            os.environ[VARIABLE] = str(self._followed().begin(host.get_name(), constants.DEFAULT_LOCAL_TMP))
        else:
            self._give_back()

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        self._end(result)

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:  # noqa: ARG002
        self._end(result)

    def v2_runner_on_skipped(self, result: CallbackTaskResult) -> None:
        self._end(result)

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        self._end(result)

    def v2_playbook_on_stats(self, stats: object) -> None:  # noqa: ARG002
        self._give_back()
        if self._follower:
            self._follower.close()

    def _end(self, result: CallbackTaskResult) -> None:
        if self._follower:
            self._follower.end(result.host.get_name())

    def _followed(self) -> Follower:
        if self._follower is None:
            self._follower = Follower(self._show, self._display.warning, float(self.get_option("heartbeat")))
        return self._follower

    def _give_back(self) -> None:
        """The variable as it was before us."""
        if self._given is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = self._given

    def _show(self, line: Line) -> None:
        """At once, also where the output is a file."""
        self._display.display(line.text, color=COLORS.get(line.tone))
        sys.stdout.flush()


def _moves_guests(task: Task) -> bool:
    """Ansible resolves short names; it warns about names that are templates, so these are not asked about."""
    short = {name.rpartition(".")[2] for name in MODULES}
    return task.action in MODULES or (task.action in short and task.resolved_action in MODULES)
