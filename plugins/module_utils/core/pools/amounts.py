# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Amounts of a resource in words."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU

GIB = 2.0**30


def shown(amount: float, resource: str) -> str:
    """Cores or GiB, with two digits at most."""
    number = f"{round(amount if resource == CPU else amount / GIB, 2):g}"
    return f"{number} {'cores' if resource == CPU else 'GiB'}"
