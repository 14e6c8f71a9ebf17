# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What Sphinx is given: every page, links that it can follow, and nothing that it would have to ask the network for."""

from fnmatch import fnmatch
from pathlib import Path
from runpy import run_path

import pytest

from ansible_collections.pve.drs.tests.unit.pages import pages_of
from ansible_collections.pve.drs.tests.utils import docsite

URL = "https://example.com/drs"


@pytest.fixture
def site(tmp_path):
    """A site as antsibull-docs begins it."""
    (tmp_path / "rst").mkdir()
    (tmp_path / "conf.py").write_text("extensions = ['sphinx.ext.intersphinx']\nintersphinx_mapping = {'a': 1}\n")
    docsite.place(tmp_path)
    return tmp_path


def test_every_page_is_part_of_the_site(root, site):
    placed = {file.relative_to(site / "rst") for file in (site / "rst").rglob("*.md")}
    assert placed == {page.relative_to(root) for page in pages_of(root)}


def test_every_page_can_be_reached_from_the_first_one(site):
    listed = [entry for entries in docsite.SECTIONS.values() for entry in entries]
    index = (site / "rst/index.rst").read_text()
    assert all(f"   {entry}\n" in index for entry in listed)
    for page in docsite.pages():
        assert any(fnmatch(str(page.with_suffix("")), entry) for entry in listed), f"{page} is in no section"


def test_links_to_pages_stay_and_links_to_other_files_lead_to_the_repository():
    text = "[a](../explanation/model.md#load) [b](../../galaxy.yml) [c](https://example.com/x) [d](#below)"
    assert docsite.adapted(Path("docs/how-to/rules.md"), text, URL) == (
        f"[a](../explanation/model.md#load) [b]({URL}/blob/main/galaxy.yml) [c](https://example.com/x) [d](#below)"
    )


def test_the_settings_ask_nobody_for_anything(site):
    known = run_path(str(site / "conf.py"))
    assert known["intersphinx_mapping"] == {}
    assert known["extensions"] == ["sphinx.ext.intersphinx", "myst_parser"]
