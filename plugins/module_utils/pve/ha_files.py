# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The HA configuration with the digests that tell whether it was changed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaConfig
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.entries import GROUP, MEMBER, RULE
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.ha_config import ha_config
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class HaFiles:
    """`digests` are by kind of entry, as each kind has a file; an empty file has none."""

    config: HaConfig
    digests: Mapping[str, str]


def read_ha_files(api: Api, mode: str, *, has_rules: bool) -> HaFiles:
    """Asks for rules or groups, and for resources; `mode` is what is known of HA's arming. Raises ApiError."""
    answers = api.fan_out([api.ha_resources, api.ha_rules if has_rules else api.ha_groups])
    resources, others = answers
    config = ha_config(resources, others if has_rules else (), () if has_rules else others, {})
    kind = RULE if has_rules else GROUP
    found = {MEMBER: _digest(resources), kind: _digest(others)}
    return HaFiles(
        config=replace(config, mode=mode), digests={kind: digest for kind, digest in found.items() if digest}
    )


def _digest(rows: Rows) -> str:
    """All rows of a file have the same."""
    return next((str(row["digest"]) for row in rows if row.get("digest")), "")
