# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Filter run_metrics."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: run_metrics
short_description: Makes metrics for Prometheus of a run of pve.drs
version_added: 0.2.0
author: the pve.drs authors (@pve-drs)
description:
  - Takes what M(pve.drs.drs_balance) returned, also in check mode or when it failed, and tells of it in the text format of Prometheus,
    for the textfile collector of its node exporter.
  - The names of all metrics begin with C(pve_drs_run_).
  - That the last run failed can be told from C(pve_drs_run_success), and that there was none for long from C(pve_drs_run_timestamp_seconds).
positional: _input
options:
  _input:
    description: What the module returned, as registered. An empty dictionary stands for a run that ended before.
    type: dict
    required: true
  began:
    description: When the run began, in seconds since the epoch.
    type: float
    required: true
  ended:
    description: When it ended. By default it is now.
    type: float
  service:
    description: The value of label C(service), which tells several balancers apart.
    type: str
    default: pve-drs
seealso:
  - module: pve.drs.drs_balance
  - plugin: pve.drs.report_html
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Leave metrics for node_exporter
  ansible.builtin.copy:
    content: "{{ drs_run | pve.drs.run_metrics(began=1794913200.0, service='pve-drs-east') }}"
    dest: /var/lib/prometheus/node-exporter/pve-drs-east-run.prom
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The metrics.
  type: str
  sample: 'pve_drs_run_success{service="pve-drs-east"} 1'
"""

import time
from collections.abc import Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.pve.drs.plugins.plugin_utils.schedule.metrics import Told, run_metrics


def _text(run: object, began: float, ended: float | None = None, service: str = "pve-drs") -> str:
    """Raises AnsibleFilterError when the result is none of ours."""
    if not isinstance(run, Mapping):
        raise AnsibleFilterError(f"run_metrics takes what drs_balance returned, not {type(run).__name__}")
    told = Told(run=run, began=float(began), ended=time.time() if ended is None else float(ended))
    return run_metrics(told, str(service))


class FilterModule:
    """Tell Ansible of the filter."""

    def filters(self) -> dict[str, Callable[..., str]]:
        return {"run_metrics": _text}
