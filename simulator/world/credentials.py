# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What became of credentials that were once good."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Credentials:
    """Tokens (full names) that are valid no more; tickets are signed with the key of this number."""

    revoked: set[str] = field(default_factory=set)
    signing_key: int = 0
