# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What all filters take that tell of a run."""

from __future__ import annotations


class ModuleDocFragment:
    """`pve.drs.report` describes the result and what may be said beside it."""

    DOCUMENTATION = r"""
---
positional: _input
options:
  _input:
    description: What the module returned, as registered.
    type: dict
    required: true
  facts:
    description:
      - The RV(pve.drs.drs_facts#module:ansible_facts.drs) of M(pve.drs.drs_facts), for what the module does not return itself.
    type: dict
  title:
    description: The heading. By default it names the cluster.
    type: str
  generated:
    description: When the report was made, in seconds since the epoch. By default it is now.
    type: float
seealso:
  - module: pve.drs.drs_balance
  - module: pve.drs.drs_evacuate
"""
