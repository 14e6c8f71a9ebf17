# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options that say how to look for plans -> a function that makes them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.plan import Make, make_plan
from ansible_collections.pve.drs.plugins.module_utils.exact.improver import exact_improver


def maker_from(params: Mapping[str, Any]) -> Make:
    """With an exact search after that of the planners, where it is wished for. Raises BadPolicy."""
    seconds = params["exact_seconds"]
    return partial(make_plan, improver=exact_improver(seconds)) if seconds else make_plan
