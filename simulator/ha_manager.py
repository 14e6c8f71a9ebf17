# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""`python -m simulator ha-manager ...`: the commands of root's shell on a node that no API path stands for."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import ssl
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Where connection.json of the running simulator lies.
CONNECTION_VARIABLE = "PVE_SIMULATOR_CONNECTION"
TIMEOUT_SECONDS = 30.0
# What the genuine command ends with when it dies.
FAILED = 255


def main(arguments: list[str]) -> int:
    """Run one command; a problem is one line on standard error and exit status 255, as with the genuine one."""
    options = parse(arguments)
    try:
        _ask_for_maintenance(options.node, on=options.wanted == "enable")
    except (OSError, KeyError, ValueError) as error:
        print(_explained(error), file=sys.stderr)
        return FAILED
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read `crm-command node-maintenance enable|disable NODE`."""
    parser = argparse.ArgumentParser(prog="ha-manager", description=__doc__)
    commands = parser.add_subparsers(required=True)
    crm = commands.add_parser("crm-command", help="hand a command to the cluster resource manager")
    topics = crm.add_subparsers(required=True)
    maintenance = topics.add_parser("node-maintenance", help="begin or end maintenance of a node")
    maintenance.add_argument("wanted", choices=("enable", "disable"))
    maintenance.add_argument("node")
    return parser.parse_args(arguments)


def _ask_for_maintenance(node: str, *, on: bool) -> None:
    path = os.environ.get(CONNECTION_VARIABLE)
    if not path:
        raise ValueError(f"{CONNECTION_VARIABLE} is not set: give the path of the connection.json of the simulator")
    connection = json.loads(Path(path).read_text(encoding="utf-8"))
    _act(connection, {"action": "set_maintenance", "node": node, "on": on})


def _act(connection: dict[str, Any], action: dict[str, Any]) -> None:
    """Tell the control plane; ValueError gives its refusal."""
    tls = ssl.create_default_context(cafile=connection["ca_path"])
    address = urlsplit(connection["control"]).netloc
    client = http.client.HTTPSConnection(address, timeout=TIMEOUT_SECONDS, context=tls)
    client.request("POST", "/sim/act", json.dumps(action))
    answer = json.loads(client.getresponse().read())
    client.close()
    if "error" in answer:
        raise ValueError(answer["error"].strip())


def _explained(error: Exception) -> str:
    return f"no {error} in the connection data" if isinstance(error, KeyError) else str(error)
