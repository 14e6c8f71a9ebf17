# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The layers of the project: core <- pve <- glue <- modules; the simulator beside them; nobody looks into the tests."""

import ast
import functools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

COLLECTION = "ansible_collections.pve.drs"
UTILS = f"{COLLECTION}.plugins.module_utils"
PURE = sys.stdlib_module_names - {
    "random",
    "socket",
    "ssl",
    "http",
    "urllib",
    "time",
    "threading",
    "asyncio",
    "secrets",
}
OUTSIDE = (
    "simulator",
    "tests",
    "benchmarks",
    f"{COLLECTION}.simulator",
    f"{COLLECTION}.tests",
    f"{COLLECTION}.benchmarks",
)
IMPURE = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "os.environ", "os.getenv", "os.urandom",
    "uuid.uuid1", "uuid.uuid4", "open", "input", "print",
}  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """Files below `folder`, and what they may import; a name stands for itself and all that is below it."""

    folder: str
    may: tuple[str, ...] = ()
    may_not: tuple[str, ...] = OUTSIDE
    is_pure: bool = False


# What Ansible brings to the controller.
TEMPLATES = ("jinja2", "markupsafe")
LAYERS = (
    Layer("plugins/module_utils/core", may=(f"{UTILS}.core",), is_pure=True),
    Layer("plugins/module_utils/pve", may=(f"{UTILS}.core", f"{UTILS}.pve", "proxmoxer", "requests", "urllib3")),
    Layer("plugins/module_utils/exact", may=(f"{UTILS}.core", f"{UTILS}.exact", "highspy")),
    Layer("plugins/module_utils/state", may=(f"{UTILS}.core", f"{UTILS}.state")),
    Layer("plugins/module_utils/glue", may=(UTILS, "ansible.module_utils")),
    Layer("plugins/modules", may=(f"{UTILS}.glue", "ansible.module_utils")),
    Layer("plugins/doc_fragments"),
    Layer("plugins/inventory", may=(UTILS, "ansible")),
    Layer("plugins/plugin_utils", may=(f"{COLLECTION}.plugins.plugin_utils", "ansible", *TEMPLATES)),
    Layer("plugins/filter", may=(COLLECTION, "ansible")),
    Layer("plugins", may=(COLLECTION, "ansible", "proxmoxer", "requests", "urllib3", "highspy", *TEMPLATES)),
    Layer(
        "simulator", may=("simulator", "aiohttp", "cryptography", "yaml"), may_not=("tests", "benchmarks", COLLECTION)
    ),
)


def is_below(name: str, tops: tuple[str, ...]) -> bool:
    return any(name == top or name.startswith(f"{top}.") for top in tops)


def package_of(file: Path, root: Path) -> str:
    """Return the dotted name of the folder that holds the file."""
    parts = file.parent.relative_to(root).parts
    return ".".join(parts if parts[:1] == ("simulator",) else (COLLECTION, *parts))


def imported_names(node: ast.AST, package: str) -> Iterator[str]:
    """Yield absolute names; `from a import b` gives a.b, as b may be a module."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        source = ".".join([*above, *([node.module] if node.module else [])])
        yield from (f"{source}.{alias.name}" for alias in node.names)


def is_allowed(name: str, layer: Layer) -> bool:
    if is_below(name, layer.may_not):
        return False
    builtin = PURE if layer.is_pure else sys.stdlib_module_names
    return name.partition(".")[0] in builtin or is_below(name, layer.may)


def dotted(node: ast.AST) -> str:
    """Return the last two parts of a.b.c, or the plain name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value).rpartition('.')[2]}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@functools.cache
def nodes_of(file: Path) -> tuple[ast.AST, ...]:
    """Return the nodes that the layers care about."""
    kinds = (ast.Import, ast.ImportFrom, ast.Name, ast.Attribute)
    return tuple(node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, kinds))


def complaints(file: Path, root: Path, layer: Layer) -> Iterator[str]:
    for node in nodes_of(file):
        place = f"{file.relative_to(root)}:{getattr(node, 'lineno', 0)}"
        names = imported_names(node, package_of(file, root))
        yield from (f"{place} imports {name}" for name in names if not is_allowed(name, layer))
        if layer.is_pure and isinstance(node, ast.Name | ast.Attribute) and dotted(node) in IMPURE:
            yield f"{place} uses {dotted(node)}"


def complaints_of(layer: Layer, root: Path) -> list[str]:
    files = sorted((root / layer.folder).rglob("*.py"))
    return [complaint for file in files for complaint in complaints(file, root, layer)]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.folder)
def test_a_layer_imports_only_what_is_below_it(layer, root):
    assert complaints_of(layer, root) == []


def test_only_the_client_imports_proxmoxer(root):
    client = root / "plugins/module_utils/pve/client.py"
    others = [file for file in (root / "plugins").rglob("*.py") if file != client]
    importing = [file for file in others if "proxmoxer" in tops_of(file, root)]
    assert importing == []


def test_only_the_solver_imports_highspy(root):
    importing = [file.name for file in (root / "plugins").rglob("*.py") if "highspy" in tops_of(file, root)]
    assert importing == ["solver.py"]


def tops_of(file: Path, root: Path) -> set[str]:
    package = package_of(file, root)
    return {name.partition(".")[0] for node in nodes_of(file) for name in imported_names(node, package)}


PLANTED = {
    "import time": "imports time",
    "import random": "imports random",
    "from datetime import datetime\nx = datetime.now()": "uses datetime.now",
    "import datetime\nx = datetime.datetime.now()": "uses datetime.now",
    "import os\nx = os.environ": "uses os.environ",
    "import requests": "imports requests",
    "def late():\n    import socket": "imports socket",
    f"from {UTILS}.pve import client": f"imports {UTILS}.pve.client",
    "from ..pve import client": f"imports {UTILS}.pve.client",
    "from ansible.module_utils import basic": "imports ansible.module_utils.basic",
    "import simulator.world": "imports simulator.world",
    f"from {COLLECTION} import tests": f"imports {COLLECTION}.tests",
}


@pytest.mark.parametrize(("source", "complaint"), PLANTED.items(), ids=PLANTED)
def test_a_planted_import_into_core_is_found(source, complaint, tmp_path):
    file = tmp_path / "plugins/module_utils/core/planted.py"
    file.parent.mkdir(parents=True)
    file.write_text(source, encoding="utf-8")
    found = complaints_of(LAYERS[0], tmp_path)
    assert [line.partition(" ")[2] for line in found] == [complaint]


def test_the_simulator_may_not_import_the_plugins(tmp_path):
    file = tmp_path / "simulator/planted.py"
    file.parent.mkdir()
    file.write_text(f"from {UTILS}.core import plan\nfrom . import clock\n", encoding="utf-8")
    assert len(complaints_of(LAYERS[-1], tmp_path)) == 1
