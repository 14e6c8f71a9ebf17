# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Balance by used cpu: busy cores / cores (drs-model 2.3)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.methods.method import Method

CPU = Method(
    name="cpu",
    describes="cpu in use",
    node_amount=lambda usage: usage.cpu,
    guest_amount=lambda guest: guest.demand.cpu,
    capacity=lambda capacity: capacity.cpu,
)
