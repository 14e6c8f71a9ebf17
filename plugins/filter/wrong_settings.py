# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Filter wrong_settings."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: wrong_settings
short_description: Tells what is wrong with the settings of a balancer
version_added: 0.2.0
author: the pve.drs authors (@pve-drs)
description:
  - Judges variables that are options of M(pve.drs.drs_balance) with C(drs_) before their names, without asking a cluster, so that a setting that makes no sense
    is found when it is made and not by the first run at night.
  - Variables that are no such options are left out, and so are those of the connection. Names of nodes and guests are not looked up.
positional: _input
options:
  _input:
    description: The variables by their names.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Refuse settings that make no sense
  ansible.builtin.assert:
    that: wrong == []
    fail_msg: "{{ wrong | join('; ') }}"
  vars:
    wrong: "{{ {'drs_balanciness': 5, 'drs_windows': [{'from': '22:00', 'to': '22:00'}]} | pve.drs.wrong_settings }}"
"""

RETURN = r"""
_value:
  description: A sentence for each thing that is wrong, none when all is well. What comes after the first one may have to wait until that is mended.
  type: list
  elements: str
  sample: ["windows: entry 1: from and to are the same time of the day; leave out both for whole days"]
"""

from collections.abc import Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.pve.drs.plugins.module_utils.glue.wrong_settings import wrong_settings


def _wrong(variables: object) -> list[str]:
    """Raises AnsibleFilterError for what is no dictionary."""
    if not isinstance(variables, Mapping):
        raise AnsibleFilterError(f"variables are a dictionary by their names, not {type(variables).__name__}")
    return wrong_settings(variables)


class FilterModule:
    """Tell Ansible of the filter."""

    def filters(self) -> dict[str, Callable[..., list[str]]]:
        return {"wrong_settings": _wrong}
