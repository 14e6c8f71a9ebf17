# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Run cases of Proxmox's own scheduler against us, as python tests/conformance/crs_cases.py FOLDER.

FOLDER holds a folder of JSON files for each kind of case. Prints a line for each case that fails, and how many
passed and failed; exits with 1 if any failed, with 2 if there was nothing to run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "ansible_collections.pve.drs"


def _make_importable() -> None:
    """Let the collection's name mean this checkout, unless a test run has seen to that."""
    parts = COLLECTION.split(".")
    for length in range(1, len(parts) + 1):
        module = sys.modules.setdefault(".".join(parts[:length]), ModuleType(parts[length - 1]))
        if length == len(parts) and not hasattr(module, "__path__"):
            module.__path__ = [str(ROOT)]
        module.__dict__.setdefault("__path__", [])
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))


_make_importable()

from tests.conformance.crs import balance, bundles, oracle, placement, rules, worked  # noqa: E402

Case = dict[str, Any]

# One line for each kind of case: the folder, and what yields the differences between a case and us.
RUNNERS: dict[str, Callable[[Case], Iterable[str]]] = {
    "rules": rules.differences,
    "bundles": bundles.differences,
    "balance": balance.differences,
    "placement": placement.differences,
    "oracle": oracle.differences,
    "worked": worked.differences,
}


def outcomes(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Each case, as folder/file, with what differs."""
    for kind, runner in RUNNERS.items():
        for file in sorted((folder / kind).glob("*.json")):
            yield f"{kind}/{file.name}", _differences(runner, file)


def _differences(runner: Callable[[Case], Iterable[str]], file: Path) -> list[str]:
    """One bad case must not hide the others."""
    try:
        return list(runner(json.loads(file.read_text(encoding="utf-8"))))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the case counts as failed
        return [f"{type(error).__name__}: {error}"]


def main(arguments: list[str]) -> int:
    """0 when all passed, 1 when any failed, 2 when there was nothing to run."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: crs_cases.py FOLDER - the folder that holds the folders " + ", ".join(RUNNERS), file=sys.stderr)
        return 2
    found = list(outcomes(Path(arguments[0])))
    failed = [(name, differences) for name, differences in found if differences]
    for name, differences in failed:
        print(f"{name}: {'; '.join(differences)}")
    print(f"{len(found) - len(failed)} passed, {len(failed)} failed")
    if not found:
        return 2
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
