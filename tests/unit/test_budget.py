# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Short files, short functions: what is not small is not read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE_LINES = 300
FUNCTION_LINES = 25
MODULE_LINES = 60
FOLDERS = ("plugins", "simulator", "roles")
SUFFIXES = {".py", ".yml", ".yaml", ".j2", ".sh"}
# what documents options in one file, because Ansible looks for it there
DOCUMENTS = {"argument_specs.yml"}
DOCUMENTATION = {"DOCUMENTATION", "EXAMPLES", "RETURN"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(root: Path, *folders: str) -> list[Path]:
    files = (file for folder in folders for file in (root / folder).rglob("*"))
    return sorted(file for file in files if file.suffix in SUFFIXES and file.name not in DOCUMENTS and file.is_file())


def span(node: ast.stmt) -> int:
    return node.end_lineno - node.lineno + 1


def is_documentation(node: ast.AST) -> bool:
    """Tell whether this assigns one of Ansible's documentation strings."""
    return isinstance(node, ast.Assign) and any(getattr(name, "id", "") in DOCUMENTATION for name in node.targets)


def documentation_lines(text: str) -> int:
    return sum(span(node) for node in ast.walk(ast.parse(text)) if is_documentation(node))


def file_lines(file: Path) -> int:
    """Count the lines of a file, those of documentation strings apart."""
    text = file.read_text(encoding="utf-8")
    return len(text.splitlines()) - (documentation_lines(text) if file.suffix == ".py" else 0)


def code_lines(text: str) -> int:
    """Count lines that are neither empty, comment nor documentation string."""
    lines = [line.strip() for line in text.splitlines()]
    hidden = {
        number
        for node in ast.walk(ast.parse(text))
        if is_documentation(node)
        for number in range(node.lineno, node.end_lineno + 1)
    }
    return sum(bool(line) and not line.startswith("#") and number not in hidden for number, line in enumerate(lines, 1))


def body_lines(function: Function) -> int:
    """Count a function's lines from below its signature, its docstring apart."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def long_functions(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, Function) and body_lines(node) > FUNCTION_LINES:
            yield f"{file}:{node.lineno} {node.name} has {body_lines(node)} lines"


def test_no_file_is_longer_than_its_budget(root):
    files = {str(file.relative_to(root)): file_lines(file) for file in sources(root, *FOLDERS)}
    assert {name: lines for name, lines in files.items() if lines > FILE_LINES} == {}


def test_no_function_is_longer_than_its_budget(root):
    files = [file for file in sources(root, *FOLDERS) if file.suffix == ".py"]
    assert [complaint for file in files for complaint in long_functions(file)] == []


def test_modules_are_thin(root):
    modules = {file.name: code_lines(file.read_text(encoding="utf-8")) for file in sources(root, "plugins/modules")}
    assert {name: lines for name, lines in modules.items() if lines > MODULE_LINES} == {}


@pytest.mark.parametrize(("statements", "found"), [(25, 0), (26, 1)], ids=["at the limit", "one over"])
def test_function_lines_are_counted(statements, found, tmp_path):
    file = tmp_path / "planted.py"
    body = "    x = 1\n" * statements
    file.write_text(f'def f(\n    a,\n    b,\n):\n    """Say.\n\n    More.\n    """\n{body}', encoding="utf-8")
    assert len(list(long_functions(file))) == found


def test_documentation_does_not_count(tmp_path):
    file = tmp_path / "module.py"
    file.write_text('# head\n\nDOCUMENTATION = r"""\n---\na: b\n"""\n\nx = 1\n', encoding="utf-8")
    assert (file_lines(file), code_lines(file.read_text(encoding="utf-8"))) == (4, 1)
