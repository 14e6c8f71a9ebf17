# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Filter calendar_events."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: calendar_events
short_description: Makes calendar events of systemd from a schedule
version_added: 0.2.0
author: the pve.drs authors (@pve-drs)
description:
  - Converts a cron expression of five fields, or one of its nicknames such as V(@daily), into what C(OnCalendar=) of a systemd timer takes.
  - Any other text is handed back as it is. Let C(systemd-analyze calendar) judge that.
positional: _input
options:
  _input:
    description: The schedule.
    type: str
    required: true
notes:
  - Where a cron expression restricts both the day of the month and the day of the week, cron runs when either fits. Such an expression becomes two events.
"""

EXAMPLES = r"""
- name: Show when the balancer would run
  ansible.builtin.debug:
    msg: "{{ '*/10 6-20 * * mon-fri' | pve.drs.calendar_events }}"
"""

RETURN = r"""
_value:
  description: The events. The timer elapses at each of them.
  type: list
  elements: str
  sample: ['Mon,Tue,Wed,Thu,Fri *-*-* 06,07,08,09,10,11,12,13,14,15,16,17,18,19,20:00,10,20,30,40,50:00']
"""

from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.pve.drs.plugins.plugin_utils.schedule.cron import ScheduleError, calendar_events


def _events(schedule: object) -> list[str]:
    """Raises AnsibleFilterError with what is wrong with the schedule."""
    if not isinstance(schedule, str):
        raise AnsibleFilterError(f"a schedule is a text, not {type(schedule).__name__}")
    try:
        return calendar_events(schedule)
    except ScheduleError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Tell Ansible of the filter."""

    def filters(self) -> dict[str, Callable[..., list[str]]]:
        return {"calendar_events": _events}
