# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""docsite.py SITE: put the pages of this checkout beside those that antsibull-docs makes of plugins, for Sphinx in SITE.

SITE was made by `antsibull-docs sphinx-init`. What is built afterwards asks nothing of the network.
"""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
# each with what a reader finds below it; `*` stands for all pages of a folder
SECTIONS = {
    "Begin": ("README", "docs/README", "docs/tutorial/*", "docs/how-to/first-cluster"),
    "Do something": ("docs/how-to/*",),
    "Understand it": ("docs/explanation/*", "docs/glossary", "docs/decisions/*"),
    "Modules, plugins, role": ("collection/*",),
    "Look it up": ("docs/reference/*", "simulator/README", "roles/drs/README", "docs/upgrade", "CONTRIBUTING"),
}
SETTINGS = """
# Written by tests/utils/docsite.py
project = title = html_short_title = 'pve.drs'
copyright = 'the pve.drs authors'
extensions += ['myst_parser']
myst_heading_anchors = 4
highlight_language = 'text'
# Labels of Ansible's own documentation are known only to who asks for them.
intersphinx_mapping = {}
suppress_warnings = ['ref.ref', 'toc.circular']
"""
LINK = re.compile(r"(\[[^\]]+\]\()([^)\s#]+)(#[^)\s]*)?\)")


def pages() -> list[Path]:
    """Relative to the checkout."""
    top = [Path(entry).with_suffix(".md") for entries in SECTIONS.values() for entry in entries if "*" not in entry]
    below = (file.relative_to(ROOT) for file in sorted((ROOT / "docs").rglob("*.md")) if "build" not in file.parts)
    return sorted({page for page in (*top, *below) if (ROOT / page).is_file()})


def adapted(page: Path, text: str, repository: str) -> str:
    """With links to the repository in place of those to files that are no pages."""
    known = set(pages())

    def link(found: re.Match[str]) -> str:
        before, path, anchor = found[1], found[2], found[3] or ""
        if re.match(r"[a-z]+:", path):
            return found[0]
        target = (ROOT / page.parent / path).resolve().relative_to(ROOT)
        return found[0] if target in known else f"{before}{repository}/blob/main/{target}{anchor})"

    return LINK.sub(link, text)


def index() -> str:
    """The first page, which has nothing but what leads to the others."""
    parts = [".. _docsite_root_index:\n\npve.drs\n=======\n"]
    for caption, entries in SECTIONS.items():
        listed = "\n".join(f"   {entry}" for entry in entries)
        parts.append(f".. toctree::\n   :maxdepth: 1\n   :glob:\n   :caption: {caption}\n\n{listed}\n")
    return "\n".join(parts)


def place(site: Path) -> None:
    """Write pages, index and settings."""
    repository = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
    for page in pages():
        target = site / "rst" / page
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(adapted(page, (ROOT / page).read_text(encoding="utf-8"), repository), encoding="utf-8")
    (site / "rst" / "index.rst").write_text(index(), encoding="utf-8")
    with (site / "conf.py").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS)


if __name__ == "__main__":
    place(Path(sys.argv[1]))
