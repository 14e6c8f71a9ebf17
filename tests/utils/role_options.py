# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Writes the options of drs_balance into the role: its argument specification, and the list of what a run takes.

python tests/utils/role_options.py [--check]
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SPECS = ROOT / "roles/drs/meta/argument_specs.yml"
NAMES = ROOT / "roles/drs/vars/main/options.yml"
MARK = "      # What follows is written by tests/utils/role_options.py: the options of the modules.\n"
# the service has its own way with these: a plan and consent are for people, explanations for single runs
LEFT_OUT = ("plan", "plan_valid", "approve", "explain")
CONNECTION = ("api_host", "api_port", "api_user", "api_password", "api_token_id", "api_token_secret")
CONNECTION_TOO = ("validate_certs", "ca_path", "api_timeout")
KEPT = ("type", "elements", "choices")
WIDTH = 120


class _Indented(yaml.SafeDumper):
    """Lists stand further in than what they belong to, as yamllint wants them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - as PyYAML has it
        super().increase_indent(flow, indentless=False)


def main() -> int:
    """Exits with 1 when something would change and may not."""
    wanted = {SPECS: specs(), NAMES: names()}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} is not up to date")
        if "--check" not in sys.argv:
            path.write_text(wanted[path], encoding="utf-8")
    return int(bool(stale) and "--check" in sys.argv)


def specs() -> str:
    """The hand-written part, and the options of the modules after it."""
    by_hand = SPECS.read_text(encoding="utf-8").split(MARK)[0]
    text = yaml.dump(dict(_specs(options())), Dumper=_Indented, sort_keys=False, width=WIDTH, allow_unicode=True)
    return by_hand + MARK + "".join(f"      {line}\n" for line in text.splitlines())


def names() -> str:
    """All variables of a run but those of the connection."""
    header = "".join(SPECS.read_text(encoding="utf-8").partition("argument_specs:")[:1])
    run = [f"drs_{name}" for name in options() if name not in (*CONNECTION, *CONNECTION_TOO)]
    return f"{header}# Written by tests/utils/role_options.py.\ndrs__options:\n" + "".join(
        f"  - {name}\n" for name in run
    )


def options() -> dict[str, Mapping[str, Any]]:
    """Those of drs_balance, as its documentation has them."""
    command = [str(Path(sys.executable).parent / "ansible-doc"), "--json", "pve.drs.drs_balance"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True)
    documented = json.loads(shown.stdout)["pve.drs.drs_balance"]["doc"]["options"]
    return {name: option for name, option in documented.items() if name not in LEFT_OUT}


def _specs(found: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, option in found.items():
        description = [_for_role(text, found) for text in _lines(option["description"])]
        spec: dict[str, Any] = {"description": description}
        spec |= {key: option[key] for key in KEPT if option.get(key)}
        if name in ("api_password", "api_token_secret"):
            spec["no_log"] = True
        yield f"drs_{name}", spec


def _lines(text: str | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _for_role(text: str, found: Mapping[str, object]) -> str:
    """Options are named as variables of the role; what a module returns is no link there."""
    text = re.sub(r"\bRV\(([^)]*)\)", r"C(\1)", text)
    return re.sub(r"\bO\((\w+)([^)]*)\)", lambda link: _option(link[1], link[2], found), text)


def _option(name: str, rest: str, found: Mapping[str, object]) -> str:
    return f"O(drs_{name}{rest})" if name in found else f"C({name}{rest})"


if __name__ == "__main__":
    sys.exit(main())
