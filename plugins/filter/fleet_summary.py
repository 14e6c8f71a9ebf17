# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Filter fleet_summary."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: fleet_summary
short_description: Sums up what was done with several clusters
version_added: 0.2.0
author: the pve.drs authors (@pve-drs)
description:
  - Takes what M(pve.drs.drs_balance) returned for each of several hosts that stand for clusters, and tells in a line and a few numbers how each fared.
  - The playbooks C(pve.drs.balance) and C(pve.drs.report) end with it where they have several hosts.
positional: _input
options:
  _input:
    description: What the module returned, as registered, by host. Something empty stands for a host that did not get as far.
    type: dict
    required: true
  finished:
    description: The hosts for which everything went well. All others count as failed.
    type: list
    elements: str
    required: true
  files:
    description: Paths of the reports that each host writes. They are told of hosts that have a plan.
    type: dict
    default: {}
seealso:
  - module: pve.drs.drs_balance
"""

EXAMPLES = r"""
- name: Tell how the clusters fared
  ansible.builtin.debug:
    msg: "{{ (runs | pve.drs.fleet_summary(finished=ansible_play_hosts)).text.splitlines() }}"
  vars:
    runs: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars) | map(attribute='drs_run', default={}))) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description:
    - C(clusters) has an entry for each host, C(counts) how many of them have which C(status), and C(text) is all of that to be read.
    - C(status) is V(moved), V(planned) (guests would be moved), V(waiting) (for consent), V(idle) or V(failed).
  type: dict
  sample:
    clusters:
      - host: east
        cluster: prod-east
        status: moved
        moves: 5
        done: 5
        failed: 0
        skipped: 0
        running: 0
        recommended: 0
        refused: 4
        message: 5 done
        files: [reports/east.html]
    counts: {moved: 1, planned: 0, waiting: 0, idle: 0, failed: 0}
    text: "pve.drs: 1 cluster: 1 moved guests\n..."
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.pve.drs.plugins.plugin_utils.fleet.summary import Run, row_of, summary_data
from ansible_collections.pve.drs.plugins.plugin_utils.fleet.text import summary_text


def _summary(runs: object, finished: Iterable[str], files: Mapping[str, Iterable[str]] | None = None) -> dict[str, Any]:
    """Raises AnsibleFilterError where there are no results by host."""
    if not isinstance(runs, Mapping):
        raise AnsibleFilterError(f"what was returned is needed by host, as a dictionary, not {type(runs).__name__}")
    well, written = frozenset(finished), files or {}
    rows = [
        row_of(
            Run(
                host=str(host),
                result=result if isinstance(result, Mapping) else {},
                is_finished=host in well,
                files=tuple(map(str, written.get(host, ()))),
            )
        )
        for host, result in runs.items()
    ]
    return summary_data(rows) | {"text": summary_text(rows)}


class FilterModule:
    """Tell Ansible of the filter."""

    def filters(self) -> dict[str, Callable[..., dict[str, Any]]]:
        return {"fleet_summary": _summary}
