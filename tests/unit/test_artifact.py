# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What `ansible-galaxy collection build` packs, also in a checkout that tools have left things in."""

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

LITTER = "litter"
GENERATED = {"MANIFEST.json", "FILES.json"}
# of use to those who work on the collection in a clone, or turned into MANIFEST.json
LEFT_OUT = {"galaxy.yml", ".gitignore", ".pre-commit-config.yaml", ".python-version"}
LEFT_OUT_FOLDERS = (".ci/",)


def litter_of(ignored: str) -> list[str]:
    """Names of files that git ignores: one at the top for each line of .gitignore, and one further down where it holds there too."""
    found = []
    for line in ignored.splitlines():
        if not line or line.startswith("#"):
            continue
        name = f"{line.lstrip('/')}{LITTER}" if line.endswith("/") else line.lstrip("/").replace("*", LITTER)
        found.append(name)
        if "/" not in line.rstrip("/"):
            found.append(f"tests/unit/{name}")
    return found


@pytest.fixture(scope="module")
def ours(root):
    """Return the files that belong to the collection, as git tells them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("this is no clone: only git knows which files belong to the collection")
    return {name for name in listed.stdout.split("\0") if name and (root / name).is_file()}


@pytest.fixture(scope="module")
def artifact(root, ours, tmp_path_factory):
    """Build the collection in a littered copy of this checkout."""
    copy, built = tmp_path_factory.mktemp("littered"), tmp_path_factory.mktemp("built")
    for name in ours:
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)
    for name in litter_of((root / ".gitignore").read_text(encoding="utf-8")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).touch()
    command = [Path(sys.executable).with_name("ansible-galaxy"), "collection", "build", "--output-path", built]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    [file] = built.iterdir()
    with tarfile.open(file) as archive:
        yield archive


def test_it_has_all_that_belongs_to_it_and_nothing_else(artifact, ours):
    packed = {member.name for member in artifact.getmembers() if member.isfile()}
    shipped = {name for name in ours if name not in LEFT_OUT and not name.startswith(LEFT_OUT_FOLDERS)}
    assert sorted(packed - GENERATED - shipped) == []
    assert sorted(shipped - packed) == []


def test_it_has_no_empty_folders_of_tools(artifact):
    folders = {member.name for member in artifact.getmembers() if member.isdir()}
    files = [member.name for member in artifact.getmembers() if member.isfile()]
    assert [folder for folder in sorted(folders) if not any(name.startswith(f"{folder}/") for name in files)] == []


def test_it_says_what_it_is(artifact, root):
    manifest = json.load(artifact.extractfile("MANIFEST.json"))["collection_info"]
    told = {key: manifest[key] for key in ("namespace", "name", "license", "dependencies", "readme")}
    assert told == {
        "namespace": "pve",
        "name": "drs",
        "license": ["GPL-3.0-or-later"],
        "dependencies": {},
        "readme": "README.md",
    }
    # for the tags of Galaxy, which are searched by users
    assert {"proxmox", "drs", "infrastructure"} <= set(manifest["tags"])
    assert yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))["version"] == manifest["version"]


def test_an_execution_environment_finds_the_requirements(artifact):
    """ansible-builder looks below the root of the installed collection."""
    described = yaml.safe_load(artifact.extractfile("meta/execution-environment.yml"))
    lines = artifact.extractfile(described["dependencies"]["python"]).read().decode().splitlines()
    assert {line.partition(">=")[0] for line in lines if line and not line.startswith("#")} == {"proxmoxer", "requests"}
