# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is wrong with the settings of a scheduled run, told before there is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.pve.drs.plugins.module_utils.core.errors import DrsError
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.aim import aim_of
from ansible_collections.pve.drs.plugins.module_utils.glue.arguments import Spec

PREFIX = "drs_"


def wrong_settings(variables: Mapping[str, Any]) -> list[str]:
    """Sentences about variables that are options of drs_balance with a prefix; all others are none of ours.

    Options make sense or not as they do for drs_balance, as far as that can be told without the cluster.
    """
    spec = _spec()
    given = {name.removeprefix(PREFIX): value for name, value in variables.items() if name.startswith(PREFIX)}
    checked = ArgumentSpecValidator(spec).validate({option: value for option, value in given.items() if option in spec})
    if checked.error_messages:
        return list(checked.error_messages)
    try:
        aim_of(checked.validated_parameters, None)
    except DrsError as error:
        return [str(error)]
    return []


def _spec() -> Spec:
    """Those of drs_balance that are not about the connection or about a single run."""
    return (
        arguments.judging()
        | arguments.moving()
        | arguments.executing()
        | arguments.timing()
        | arguments.leading()
        | arguments.observing()
    )
