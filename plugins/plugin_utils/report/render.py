# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Lay a page out by the templates beside this file."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ansible_collections.pve.drs.plugins.plugin_utils.report.page import Page

HERE = Path(__file__).parent
# What would be markup, a link or a line of a table in the Markdown of a pull request.
MARKUP = re.compile(r"[\\`*_{}\[\]|~$]")
# An at sign calls people, a hash sign links issues; a space without width keeps them from it.
CALLS = re.compile(r"([@#])(?=\w)")


def html(page: Page) -> str:
    """One file without scripts that needs nothing from elsewhere; all text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2").render(page=page) + "\n"


def markdown(page: Page) -> str:
    """In the dialect of GitHub and GitLab; all text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else Markup(plain(value)),  # noqa: S704 - plain escapes
    )
    text = environment.get_template("page.md.j2").render(page=page)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def plain(value: object) -> str:
    """Text that means nothing but itself in Markdown, on one line."""
    text = " ".join(str(value).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return CALLS.sub(r"\1&#8203;", MARKUP.sub(r"\\\g<0>", text))
