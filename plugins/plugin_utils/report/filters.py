# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The filters, as a template calls them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TypeVar

from ansible.errors import AnsibleFilterError

from ansible_collections.pve.drs.plugins.plugin_utils.report.data import report_data
from ansible_collections.pve.drs.plugins.plugin_utils.report.reading import NoReport
from ansible_collections.pve.drs.plugins.plugin_utils.report.render import html, markdown
from ansible_collections.pve.drs.plugins.plugin_utils.report.view import make_page

Made = TypeVar("Made")
Make = Callable[[object, object, str, float], Made]


def report_html(result: object, facts: object = None, title: str = "", generated: float | None = None) -> str:
    """Raises AnsibleFilterError when the result is none of ours."""
    return html(_made(make_page, result, facts, title, generated))


def report_markdown(result: object, facts: object = None, title: str = "", generated: float | None = None) -> str:
    """Raises AnsibleFilterError when the result is none of ours."""
    return markdown(_made(make_page, result, facts, title, generated))


def report_json(result: object, facts: object = None, title: str = "", generated: float | None = None) -> str:
    """Raises AnsibleFilterError when the result is none of ours."""
    data = _made(report_data, result, facts, title, generated)
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _made(make: Make[Made], result: object, facts: object, title: str, generated: float | None) -> Made:
    moment = time.time() if generated is None else float(generated)
    try:
        return make(result, facts, str(title or ""), moment)
    except NoReport as error:
        raise AnsibleFilterError(str(error)) from error
