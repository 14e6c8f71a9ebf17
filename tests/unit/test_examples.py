# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Examples on the pages, and in the documentation of modules, are such as the collection takes."""

import json
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_options import rules_from
from ansible_collections.pve.drs.plugins.module_utils.glue.timing_options import timing
from ansible_collections.pve.drs.tests.unit.pages import blocks_of, pages_of

ROOT = Path(__file__).parents[2]
PLUGINS = "ansible_collections.pve.drs.plugins"
DECIDING = arguments.judging() | arguments.moving() | arguments.executing() | arguments.timing()
DEFAULTS = {option: spec.get("default") for option, spec in DECIDING.items()}
MODULES = sorted(file.stem for file in (ROOT / "plugins/modules").glob("drs_*.py"))


def documented(module):
    """What a module says of itself."""
    return yaml.safe_load(import_module(f"{PLUGINS}.modules.{module}").DOCUMENTATION)


@cache
def options_of(module):
    """Its own and those of its fragments."""
    own = documented(module)
    known = set(own.get("options", {}))
    for name in own["extends_documentation_fragment"]:
        file, _dot, part = name.removeprefix("pve.drs.").partition(".")
        fragment = import_module(f"{PLUGINS}.doc_fragments.{file}").ModuleDocFragment
        known |= set(yaml.safe_load(getattr(fragment, part.upper() or "DOCUMENTATION")).get("options", {}))
    return known


def examples():
    """Every block of YAML and JSON, and the examples of every module."""
    for page in pages_of(ROOT):
        for block in blocks_of(page.read_text(encoding="utf-8")):
            if block.language in ("yaml", "json"):
                yield pytest.param(block.language, block.text, id=f"{page.relative_to(ROOT)}:{block.line}")
    for module in MODULES:
        yield pytest.param("yaml", import_module(f"{PLUGINS}.modules.{module}").EXAMPLES, id=module)


EXAMPLES = list(examples())


def mappings_in(value):
    """Every dictionary, from the outermost to the innermost."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for entry in value:
            yield from mappings_in(entry)


def read(language, text):
    return json.loads(text) if language == "json" else list(yaml.safe_load_all(text))


@pytest.mark.parametrize(("language", "text"), EXAMPLES)
def test_an_example_can_be_read(language, text):
    assert read(language, text)


@pytest.mark.parametrize(("language", "text"), EXAMPLES)
def test_modules_take_the_options_that_an_example_gives_them(language, text):
    for mapping in mappings_in(read(language, text)):
        for module in MODULES:
            unknown = (mapping.get(f"pve.drs.{module}") or {}).keys() - options_of(module)
            assert not unknown, f"{module} has no option {', '.join(unknown)}"


@pytest.mark.parametrize(("language", "text"), EXAMPLES)
def test_rules_and_windows_of_an_example_make_sense(language, text):
    for mapping in mappings_in(read(language, text)):
        for prefix in ("", "drs_"):
            rules, groups = mapping.get(f"{prefix}rules"), mapping.get(f"{prefix}node_groups")
            if isinstance(rules, list) and all("type" in rule for rule in rules):
                rules_from(rules, groups)
            timing({option: mapping.get(f"{prefix}{option}", default) for option, default in DEFAULTS.items()})
