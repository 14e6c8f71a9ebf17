# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What modules support, in the words of all modules."""

from __future__ import annotations


class ModuleDocFragment:
    """`pve.drs.attributes` describes the attributes; a module adds its support and details."""

    DOCUMENTATION = r"""
---
options: {}
attributes:
  check_mode:
    description: In C(check_mode) the module tells what it would change, and changes nothing.
  diff_mode:
    description: In diff mode the module shows what it changed, or in C(check_mode) what it would change.
  idempotent:
    description: A second run with the same options reports no change, as long as the cluster has not changed on its own.
"""

    ACTIONGROUP_DRS = r"""
---
options: {}
attributes:
  action_group:
    description: Options that all modules of this collection share can be set once, for C(group/pve.drs.drs) in C(module_defaults).
    support: full
    membership:
      - pve.drs.drs
"""

    READ_ONLY = r"""
---
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This action only reads.
  diff_mode:
    support: none
    details:
      - This action does not change anything.
  idempotent:
    support: full
"""
