# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The pages hold together: links lead somewhere, messages exist, names are those of the code, and every page can be found."""

import ast
import re
from itertools import chain
from pathlib import Path

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.access.uses import USES, needs_of_uses
from ansible_collections.pve.drs.plugins.module_utils.state.schema import VERSION
from ansible_collections.pve.drs.tests.unit.pages import LINK, anchors_of, blocks_of, pages_of, prose_of

ROOT = Path(__file__).parents[2]
PAGES = pages_of(ROOT)
# stands where a source puts something in
GAP = "\x00"


def name_of(page):
    return str(page.relative_to(ROOT))


def messages_of(file):
    """Every text of a source, with a gap where something is put in."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else GAP for part in node.values)


@pytest.fixture(scope="module")
def sources():
    """What plugins say, and what the tasks of the role and of the playbooks do."""
    modules = (file for file in (ROOT / "plugins").rglob("*.py") if "__pycache__" not in file.parts)
    tasks = chain((ROOT / "roles").rglob("*.yml"), (ROOT / "playbooks").rglob("*.yml"))
    spoken = [re.sub(r"\{\{.*?\}\}", GAP, " ".join(file.read_text(encoding="utf-8").split())) for file in tasks]
    return [*chain.from_iterable(map(messages_of, modules)), *spoken]


def quoted_messages():
    page = (ROOT / "docs/how-to/troubleshooting.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)


@pytest.mark.parametrize("message", quoted_messages())
def test_every_message_that_is_explained_exists(message, sources):
    parts = [re.escape(part.strip()) for part in message.split("...") if part.strip()]
    pattern = re.compile(f"{GAP}?.*".join(parts), re.DOTALL)
    assert any(pattern.search(source) for source in sources), f"no source says: {message}"


def test_a_message_that_nobody_says_would_be_found_out(sources):
    assert not any("the moon is in the way" in source for source in sources)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page):
    lost = []
    for link in LINK.findall(prose_of(page.read_text(encoding="utf-8"))):
        path, hash_sign, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (hash_sign and anchor not in anchors_of(target.read_text(encoding="utf-8"))):
            lost.append(link)
    assert not lost, f"these links lead nowhere: {', '.join(lost)}"


def test_every_page_is_in_the_index():
    index = ROOT / "docs/README.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text(encoding="utf-8"))}
    pages = {page for page in PAGES if page.is_relative_to(ROOT / "docs") and "decisions" not in page.parts}
    missing = sorted(name_of(page) for page in pages - linked - {index})
    assert not missing, f"docs/README.md does not mention {', '.join(missing)}"


@pytest.fixture(scope="module")
def variables():
    """Every variable that a playbook or the role knows."""
    files = chain((ROOT / "playbooks").rglob("*.yml"), (ROOT / "roles").rglob("*.yml"))
    return set(chain.from_iterable(re.findall(r"\bdrs_\w+", file.read_text(encoding="utf-8")) for file in files))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_variable_that_is_mentioned_exists(page, variables):
    modules = {file.stem for file in (ROOT / "plugins").rglob("drs_*.py")}
    # groups and variables of the inventory, and what examples register
    own = re.compile(r"drs_(rule|ha_rule|ha_group)_\w+|drs_(status|plans)$|drs_\w*_$")
    text = page.read_text(encoding="utf-8")
    mentioned = set(re.findall(r"(?<![\w.-])drs_[a-z]\w*", text)) - modules
    unknown = sorted(name for name in mentioned - variables if not own.match(name))
    assert not unknown, f"neither playbooks nor the role know {', '.join(unknown)}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_everything_of_the_collection_that_is_mentioned_exists(page):
    names = set(re.findall(r"\bpve\.drs\.([a-z_]+)", page.read_text(encoding="utf-8")))
    # fragments of the options are named by their class attribute, the role and the inventory are called drs
    known = {file.stem for folder in ("plugins", "playbooks") for file in (ROOT / folder).rglob("*.*")} | {"drs"}
    assert names <= known, f"there is no {', '.join(sorted(names - known))}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_says_what_it_is(page):
    assert all(block.language for block in blocks_of(page.read_text(encoding="utf-8")))


def test_the_first_page_has_what_galaxy_asks_for():
    headings = re.findall(r"^## (.*)$", prose_of((ROOT / "README.md").read_text(encoding="utf-8")), re.MULTILINE)
    wanted = ["Description", "Requirements", "Installation", "Use cases", "Testing", "Support"]
    wanted += ["Release notes and roadmap", "Related information", "License information"]
    assert [heading for heading in headings if heading in wanted] == wanted


@pytest.mark.parametrize("page", ["docs/explanation/security.md", "docs/how-to/first-cluster.md"])
def test_the_page_names_every_privilege_that_something_takes(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [need.privilege for need in needs_of_uses(USES) if need.privilege not in text] == []


def test_the_upgrade_notes_tell_of_every_version_of_the_state_file():
    text = (ROOT / "docs/upgrade.md").read_text(encoding="utf-8")
    table = text.partition("The state file by version")[2].partition("##")[0]
    assert re.findall(r"^\| (\d+) \|", table, re.MULTILINE) == [str(number + 1) for number in range(VERSION)]


def test_the_first_page_lists_everything_that_is_included():
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Included content")[2]
    folders = ("plugins/modules", "plugins/inventory", "plugins/callback", "plugins/filter", "playbooks", "roles")
    included = {file.stem for folder in folders for file in (ROOT / folder).iterdir() if file.suffix in (".py", ".yml")}
    missing = sorted(name for name in included if f"`pve.drs.{name}`" not in table and f"`{name}`" not in table)
    assert not missing, f"the table of the included content lacks {', '.join(missing)}"
