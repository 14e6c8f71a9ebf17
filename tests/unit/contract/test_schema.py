# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What the simulator declares and answers stands in the schemas dumped from the genuine API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cryptography", reason="the simulator needs cryptography")
pytest.importorskip("yaml", reason="scenarios need PyYAML")

from simulator.api import Api, Request
from simulator.endpoints.catalog import HANDLERS
from simulator.scenario import load_world
from simulator.stage import Settings, make_stage
from simulator.table.catalog import METHODS
from simulator.table.types import Method, Param, Permission
from simulator.world.process import Body
from simulator.world.tasks import Caller, Task

SCHEMAS = {"9.2": "pve-9.2.11.json", "8.4": "pve-8.4.21.json"}
SCENARIOS = {"9.2": "ha", "8.4": "pve8"}
# Parameters whose property strings the simulator takes as plain text.
PLAIN_TEXT = {"location"}

RULE_FIELDS = {"affinity", "comment", "digest", "disable", "nodes", "order", "resources", "strict"}
STORAGE_TRAITS = {
    "path",
    "priority",
    "prune-backups",
    "server",
    "export",
    "pool",
    "monhost",
    "krbd",
    "vgname",
    "thinpool",
}
# Keys of these objects are names of nodes.
BY_NODE = "GET /nodes/{node}/qemu/{vmid}/migrate.not_allowed_nodes"

# Fields that the genuine daemons send although their schema does not list them.
UNDOCUMENTED: dict[str, set[str]] = {
    # observed: entries "nodes", "resources all"; pve-api.md 3.3, 3.4
    "GET /nodes": {"id", "type", "disk", "maxdisk"},
    # observed: "node status"; pve-api.md 3.5
    "GET /nodes/{node}/status": {"wait", "uptime", "idle", "ksm", "kversion", "swap"},
    "GET /nodes/{node}/status.cpuinfo": {"mhz", "hvm", "user_hz", "flags", "vendor", "family"},
    "GET /nodes/{node}/status.memory": {"available"},
    # observed: "vm current", "qemu list"; captures/pve8-qemu-status-current-running.json; pve-api.md 5.2
    "GET /nodes/{node}/qemu": {"disk", "balloon", "balloon_min", "ballooninfo", "freemem", "shares"},
    "GET /nodes/{node}/qemu/{vmid}/status/current": {
        "disk", "balloon", "balloon_min", "ballooninfo", "freemem", "shares",
    },
    # captures/pve9.2-node-lxc-list-running.json
    "GET /nodes/{node}/lxc": {"pid", "swap", "type", "pressurecpufull"},
    "GET /nodes/{node}/lxc/{vmid}/status/current": {"pid", "swap", "type", "pressurecpufull"},
    # pve-api.md 6.1
    "GET /nodes/{node}/qemu/{vmid}/migrate.local_disks": {
        "drivename", "is_attached", "is_cloudinit", "is_tpmstate", "is_vmstate", "replicate", "shared",
    },
    # observed: "cluster tasks", "tasks"; pve-api.md 7
    "GET /nodes/{node}/tasks": {"tokenid"},
    "GET /nodes/{node}/tasks/{upid}/status": {"tokenid"},
    # observed: "ha current" (8.4 names the group)
    "GET /cluster/ha/status/current": {"group", "comment"},
    # observed: "pool get": members carry the figures of /cluster/resources
    "GET /pools.members": {
        "cpu", "disk", "diskread", "diskwrite", "maxcpu", "maxdisk", "maxmem", "mem", "memhost", "name", "netin",
        "netout", "status", "template", "uptime", "plugintype", "shared", "content",
    },
    # recorded in "node storage": contents are told
    "GET /nodes/{node}/storage/{storage}/content": {"content"},
    # recorded in "login": what the user may do
    "POST /access/ticket": {"cap"},
    # the real daemons say whether a VM's present state runs
    "GET /nodes/{node}/qemu/{vmid}/snapshot": {"running"},
    # interfaces as /etc/network/interfaces holds them
    "GET /nodes/{node}/network": {"bridge_stp", "bridge_fd"},
    # observed: "ha resources", "ha res", "groups", "rules", "rule": the schema only names the identity of a row
    "GET /cluster/ha/resources": {"digest", "type", "state", "max_relocate", "max_restart", "group", "comment",
                                  "failback", "errors"},
    "GET /cluster/ha/groups": {"digest", "type", "nodes", "nofailback", "restricted", "comment"},
    "GET /cluster/ha/rules": RULE_FIELDS | {"type", "errors"},
    "GET /cluster/ha/rules/{rule}": RULE_FIELDS,
    # pve-api.md 11
    "GET /cluster/mapping/pci": {"type", "digest", "live-migration-capable", "mdev"},
    "GET /cluster/mapping/usb": {"type", "digest"},
    "GET /cluster/mapping/dir": {"type", "digest"},
    # observed: "cluster tasks", "storage", "resources all" and "resources" of 8.4: as before
    "GET /cluster/tasks": {"endtime", "id", "node", "pid", "saved", "starttime", "status", "tokenid", "type", "user"},
    "GET /storage": {"content", "digest", "shared", "type", "nodes", "disable", *STORAGE_TRAITS},
    "GET /cluster/resources": {"sdn", "shared"},
    # observed: "vm config"; only the schema of 9 lists it
    "GET /nodes/{node}/qemu/{vmid}/config": {"meta"},
}  # fmt: skip
UNDOCUMENTED["GET /pools/{poolid}.members"] = UNDOCUMENTED["GET /pools.members"]


@pytest.fixture(scope="module", params=SCHEMAS)
def profile(request: pytest.FixtureRequest) -> str:
    """A PVE generation."""
    return str(request.param)


@pytest.fixture(scope="module")
def schema(profile: str, shared: Path) -> dict[str, Any]:
    """All methods of the genuine API."""
    path = shared / "data" / "schema" / SCHEMAS[profile]
    return dict(json.loads(path.read_text(encoding="utf-8"))["methods"])


def served(profile: str) -> list[Method]:
    return [method for method in METHODS if method.exists_in(profile)]


def test_every_method_has_a_handler() -> None:
    assert {method.key for method in METHODS} == set(HANDLERS)


def test_every_method_exists(profile: str, schema: dict[str, Any]) -> None:
    assert [method.key for method in served(profile) if method.key not in schema] == []


def test_permissions_and_forwarding_agree(profile: str, schema: dict[str, Any]) -> None:
    """What the table checks itself is what the schema declares."""
    wrong = [text for method in served(profile) for text in _compare_traits(method, schema[method.key])]
    assert not wrong, "\n".join(wrong)


def _compare_traits(method: Method, real: dict[str, Any]) -> Iterator[str]:
    if method.proxied != (real.get("proxyto") == "node"):
        yield f"{method.key}: forwarded to the node? table {method.proxied}, schema {real.get('proxyto')}"
    if not method.allows_token and real.get("allowtoken"):
        yield f"{method.key}: tokens are allowed"
    check = real["permissions"].get("check")
    if real["permissions"].get("user") == "all" or check is None:
        expected: tuple[Any, ...] = (real["permissions"].get("user"), "", ())
    else:
        expected = _wanted(check)
    mine = _asked(method.permission)
    if mine != expected:
        yield f"{method.key}: permission {mine}, schema {expected}"


def _asked(permission: Permission) -> tuple[Any, ...]:
    """What the table asks for; parts of `and` and `or` in their order."""
    if permission.parts:
        return permission.kind, tuple(map(_asked, permission.parts))
    if permission.kind == "userid-group":
        return permission.kind, permission.privileges, permission.groups
    return permission.kind, permission.path, permission.privileges


def _wanted(check: list[Any]) -> tuple[Any, ...]:
    """Kind, path and privileges of a check; alternatives on the same path are any of their privileges."""
    if check[0] == "or" and all(one[0] == "perm" for one in check[1:]):
        return "perm", check[1][1], tuple(privilege for one in check[1:] for privilege in one[2])
    if check[0] in ("and", "or"):
        return check[0], tuple(map(_wanted, check[1:]))
    if check[0] == "userid-group":
        return check[0], tuple(check[1]), check[3] if "groups_param" in check else ""
    return check[0], check[1], tuple(check[2]) if len(check) > 2 else ()


def test_parameters_agree(profile: str, schema: dict[str, Any]) -> None:
    """Names, types, enumerations, optional, smallest and largest values."""
    wrong: list[str] = []
    for method in served(profile):
        for kind, mine in _own_params(method, profile).items():
            wrong += _compare_all(f"{method.key} {kind}".strip(), mine, _real_params(schema[method.key], kind))
    assert not wrong, "\n".join(wrong)


def _own_params(method: Method, profile: str) -> dict[str, dict[str, Param]]:
    """Parameters by branch of `type`; without branches there is one, without a name."""
    base = {param.name: param for param in method.params_for(profile)}
    if not method.branches:
        return {"": base}
    return {kind: base | {p.name: p for p in branch} for kind, branch in method.branches.items()}


def _real_params(method: dict[str, Any], kind: str) -> dict[str, Any]:
    parameters = method["parameters"]
    found = dict(parameters.get("properties", {}))
    for part in parameters.get("allOf", ()):
        found |= part.get("properties", {})
        for branch in part.get("oneOf", ()):
            found |= branch["properties"] if branch["instance-type"] == kind else {}
        if "type-property" in part:
            found[part["type-property"]] = part["type-property-schema"]
    return found


def _compare_all(where: str, mine: dict[str, Param], real: dict[str, Any]) -> Iterator[str]:
    for name in sorted(mine.keys() ^ real.keys()):
        yield f"{where}: {name} stands only in the {'table' if name in mine else 'schema'}"
    for name in sorted(mine.keys() & real.keys()):
        yield from _compare_one(f"{where} {name}", mine[name], real[name])


def _compare_one(where: str, mine: Param, real: dict[str, Any]) -> Iterator[str]:
    bounds = [None if real.get(key) is None else float(real[key]) for key in ("minimum", "maximum")]
    pairs = {
        "type": (mine.type, real.get("type", "string")),
        "optional": (mine.optional, bool(real.get("optional"))),
        "enum": (sorted(mine.enum), sorted(real.get("enum", ()))),
        "minimum": (mine.minimum, bounds[0]),
        "maximum": (mine.maximum, bounds[1]),
        "minLength": (mine.min_length, real.get("minLength")),
        "maxLength": (mine.max_length, real.get("maxLength")),
        "requires": (mine.requires, real.get("requires")),
    }
    yield from (f"{where}: {key} is {ours!r}, in the schema {theirs!r}" for key, (ours, theirs) in pairs.items()
                if ours != theirs)  # fmt: skip
    if isinstance(real.get("format"), dict) and mine.keys and mine.name not in PLAIN_TEXT:
        yield from _compare_all(where, {key.name: key for key in mine.keys}, real["format"])


def test_answers_hold_only_declared_fields(profile: str, schema: dict[str, Any]) -> None:
    """Every field of every answer stands in `returns`, or is known to be sent without standing there."""
    api = make_stage(load_world(SCENARIOS[profile], profile), Settings(speed=0)).api
    token, *_others = api.access.tokens.values()
    authorization = f"PVEAPIToken={token.userid}!{token.tokenid}={token.secret}"
    wrong: set[str] = set()
    answered = 0
    for key, path in _questions(api, profile):
        answer = api.answer(
            Request("GET", path, next(iter(api.world.nodes)), _query(path, key), {"Authorization": authorization})
        )
        if answer.status != 200:
            continue
        answered += 1
        wrong.update(_surplus(key, json.loads(answer.body)["data"], schema[key].get("returns", {})))
    assert answered > 40
    assert not wrong, "\n".join(sorted(wrong))


def _query(path: str, key: str) -> dict[str, str]:
    if key.endswith("/rrddata"):
        return {"timeframe": "hour"}
    if key == "GET /pools":
        return {}
    return {"full": "1"} if path.endswith("/qemu") else {}


def _questions(api: Api, profile: str) -> Iterator[tuple[str, str]]:
    """Fill the braces of each readable path with everything that the world has."""
    world = api.world
    running = (guest for guest in world.guests.values() if guest.type == "qemu" and guest.is_running)
    qemu = min(running, key=lambda guest: guest.vmid)
    task = world.tasks.start(qemu.node, "qmstart", str(qemu.vmid), Caller("drs@pve", "demo"), _short_work).upid
    world.clock.advance(20.0)
    token, *_others = api.access.tokens.values()
    names = {"storage": min(world.storages), "userid": token.userid, "tokenid": token.tokenid, "roleid": "PVEAuditor",
             "poolid": next(iter(world.pools), "none"), "upid": task,
             "sid": next(iter(world.ha.resources), "vm:1"), "group": next(iter(world.ha.groups), "none"),
             "snapname": next((snapshot.name for snapshot in qemu.snapshots), "none"),
             "id": next((name for _unused, name in world.mappings), "none"),
             "rule": next((rule.name for rule in world.ha.rules.rules), "none")}  # fmt: skip
    for method in served(profile):
        if method.verb != "GET":
            continue
        kind = "lxc" if "/lxc" in method.path else "qemu"
        guest = next((g for g in world.guests.values() if g.type == kind and g.is_running), qemu)
        node = task.split(":")[1] if "{upid}" in method.path else guest.node
        known = names | {"node": node, "vmid": str(guest.vmid)}
        yield method.key, re.sub(r"\{(\w+)\}", lambda found, known=known: known[found[1]], method.path)


def _short_work(_task: Task) -> Body:
    yield 1.0


def _surplus(where: str, data: Any, returns: dict[str, Any]) -> Iterator[str]:
    """Name fields beyond the declared ones; a schema without properties declares nothing."""
    if isinstance(data, list):
        for entry in data:
            yield from _surplus(where, entry, returns.get("items", {}))
        return
    declared = returns.get("properties")
    if not isinstance(data, dict) or not declared or where == BY_NODE:
        return
    for name, value in data.items():
        pattern = next((d for d in declared if d == name or re.fullmatch(d.replace("[n]", r"\d+"), name)), None)
        if pattern is None and name not in UNDOCUMENTED.get(where, ()):
            yield f"{where}: {name}"
        elif pattern is not None:
            yield from _surplus(f"{where}.{name}", value, declared[pattern])
