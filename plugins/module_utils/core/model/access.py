# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the asking user may do in a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Privileges by path, and whether each reaches the paths below (pve-api 2.3); `who` is a user or the full id of a token."""

    who: str = ""
    paths: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)

    def holds(self, privilege: str, path: str) -> bool:
        """True when the privilege is held on the path, by itself or inherited from a path above."""
        if path in self.paths:
            return privilege in self.paths[path]
        while path not in self.paths and path != "/":
            path = path.rpartition("/")[0] or "/"
        return self.paths.get(path, {}).get(privilege, False)
