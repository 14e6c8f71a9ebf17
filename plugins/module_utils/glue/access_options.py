# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options of drs_access alone; documented there."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.access.uses import USES
from ansible_collections.pve.drs.plugins.module_utils.glue.arguments import Spec


def granting() -> Spec:
    """What a token is for, and where its secret goes."""
    return {
        "token": {"type": "str", "required": True, "no_log": False},
        "uses": {"type": "list", "elements": "str", "choices": list(USES), "default": []},
        "role": {"type": "str", "default": "DRS"},
        "privileges": {"type": "list", "elements": "str", "default": []},
        "secret_file": {"type": "path", "no_log": False},
        "regenerate": {"type": "bool", "default": False},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    }
