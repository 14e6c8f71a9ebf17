# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""History of nodes, guests and storages (pve-api.md 4)."""

from __future__ import annotations

from .call import Handler

HANDLERS: dict[str, Handler] = {}
