# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Between Ansible and a command: the only place that knows how a module ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.pve.drs.plugins.module_utils.core.errors import DrsError
from ansible_collections.pve.drs.plugins.module_utils.glue.arguments import Spec
from ansible_collections.pve.drs.plugins.module_utils.glue.journal import JOURNAL
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result
from ansible_collections.pve.drs.plugins.module_utils.pve.client import PROXMOXER_IMPORT_ERROR


class Command(Protocol):
    """What a module does with its parameters; raises DrsError when it cannot."""

    def __call__(self, params: Mapping[str, Any], *, check_mode: bool) -> Result: ...


def run(spec: Spec, command: Command) -> None:
    """Ends the process in one of Ansible's ways."""
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    if PROXMOXER_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("proxmoxer"), exception=PROXMOXER_IMPORT_ERROR)
    JOURNAL.open(module.log)
    try:
        result = command(module.params, check_mode=module.check_mode)
    except DrsError as error:
        module.fail_json(msg=str(error))
    _hand_back(module, result)


def _hand_back(module: AnsibleModule, result: Result) -> None:
    for line in result.journal:
        JOURNAL.write(line)
    for warning in dict.fromkeys(result.warnings):
        module.warn(warning)
    values = dict(result.values)
    if module._diff and result.diff:  # noqa: SLF001 - Ansible has no public name for it
        values["diff"] = result.diff
    if result.failure:
        module.fail_json(msg=result.failure, **values)
    module.exit_json(**values)
