# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What every test may rely on: the collection under its name, the shared data, the golden files."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _make_importable(root: Path) -> None:
    """Let `ansible_collections.pve.drs` mean this checkout and no other, whatever the checkout's folder is called."""
    if any(type(finder).__name__ == "_AnsibleCollectionFinder" for finder in sys.meta_path):
        return  # `ansible-test units` brings its own loader
    paths = {"ansible_collections": [], "ansible_collections.pve": [], "ansible_collections.pve.drs": [str(root)]}
    for name, path in paths.items():
        module = sys.modules.setdefault(name, ModuleType(name))
        module.__path__ = path
        parent, child = name.rpartition(".")[::2]
        if parent:
            setattr(sys.modules[parent], child, module)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))  # `simulator` and `benchmarks` are plain packages


_make_importable(ROOT)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make golden` passes the option."""
    parser.addoption("--rewrite-golden", action="store_true", help="write tests/golden/*.txt instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker here, so that no configuration file is needed."""
    config.addinivalue_line("markers", "golden: compares a text with a file in tests/golden")
    config.addinivalue_line("markers", "long: takes so long that the runs with other Pythons leave it out")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses the fixture `golden` is a golden test. Files with long tests come first: no process ends with these alone."""
    for item in items:
        if "golden" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.golden)
    long = {item.path for item in items if item.get_closest_marker("long")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def root() -> Path:
    """Root of the checkout (or copy) under test."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of recorded answers and schemas, named by PVE_DRS_SHARED or beside the checkout; skips without it."""
    folder = Path(os.environ.get("PVE_DRS_SHARED") or ROOT.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"no recorded data: {folder / 'data'} is missing (set PVE_DRS_SHARED)")
    return folder


@pytest.fixture(scope="session")
def collections_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Value for ANSIBLE_COLLECTIONS_PATH under which the Ansible commands find this checkout as pve.drs."""
    tree = tmp_path_factory.mktemp("collections")
    (tree / "ansible_collections" / "pve").mkdir(parents=True)
    (tree / "ansible_collections" / "pve" / "drs").symlink_to(ROOT)
    return tree


@pytest.fixture(scope="session")
def startup_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With this on the PYTHONPATH, Ansible's commands do not pack and compile modules anew for every task."""
    folder = tmp_path_factory.mktemp("startup")
    shutil.copy(ROOT / "tests/startup/sitecustomize.py", folder)
    return folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with tests/golden/NAME.txt; a missing file fails, `make golden` (re)writes it."""
    rewrite = request.config.getoption("--rewrite-golden")

    def compare(name: str, text: str) -> None:
        file = ROOT / "tests" / "golden" / f"{name}.txt"
        if rewrite:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert file.is_file(), f"{file.relative_to(ROOT)} is missing: run `make golden` and review it"
        assert text == file.read_text(encoding="utf-8"), f"differs from {file.name}: run `make golden`, review the diff"

    return compare
