# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The default: limits and rules are kept, and uneven loads evened out."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.policies.preset import Preset

BALANCE = Preset(name="balance", describes="keeps limits and rules, and evens out the load")
