# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Filter report_markdown."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: report_markdown
short_description: Shows a run of pve.drs as Markdown
version_added: 0.1.0
author: the pve.drs authors (@pve-drs)
description:
  - Takes what M(pve.drs.drs_balance) or M(pve.drs.drs_evacuate) returned, also in check mode or when it failed, and tells of it as Markdown.
  - Meant for a pull request, a merge request or a wiki page, in the dialect that GitHub and GitLab have in common.
  - Names of guests call nobody and are no markup, whatever is in them.
  - Only the return values that are documented are used, so that options of the task, such as a password, cannot get in.
extends_documentation_fragment:
  - pve.drs.report
"""

EXAMPLES = r"""
- name: See what would be done
  pve.drs.drs_balance:
    api_host: pve1.example.com
    api_token_id: drs@pve!balance
    api_token_secret: "{{ drs_token_secret }}"
  check_mode: true
  register: dry_run

- name: Write the report
  ansible.builtin.copy:
    content: "{{ dry_run | pve.drs.report_markdown(title='Change 4711') }}"
    dest: report.md
    mode: "0644"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The report.
  type: str
  sample: '## pve.drs: cluster demo...'
"""

from collections.abc import Callable

from ansible_collections.pve.drs.plugins.plugin_utils.report.filters import report_markdown


class FilterModule:
    """Tell Ansible of the filter."""

    def filters(self) -> dict[str, Callable[..., str]]:
        return {"report_markdown": report_markdown}
