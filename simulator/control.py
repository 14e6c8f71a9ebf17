# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The control plane below /sim/: tests and demonstrations steer the world here (README.md lists all calls)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .world.errors import WorldError
from .world.events import act, problem_of_action
from .world.faults import ACT, Fault, problem_of
from .world.happenings import revoke_token, set_load
from .world.model import Guest

if TYPE_CHECKING:
    from .server import Server

Arguments = dict[str, Any]
Reply = Any


async def respond(server: Server, raw: web.Request) -> web.Response:
    """Answer one control request as JSON; 400 says what was wrong with it."""
    call = CALLS.get((raw.method, raw.rel_url.path))
    if call is None:
        known = ", ".join(f"{verb} {path}" for verb, path in CALLS)
        return web.json_response({"error": f"unknown control call; known are: {known}"}, status=404)
    try:
        content = await raw.read()
        reply = call(server, json.loads(content) if content else {})
    except (ValueError, TypeError, KeyError) as error:
        return web.json_response({"error": _explain(error)}, status=400)
    except WorldError as error:
        return web.json_response({"error": error.text}, status=error.status)
    return web.json_response({"ok": True} if reply is None else reply)


def _explain(error: Exception) -> str:
    return f"missing or unknown: {error}" if isinstance(error, KeyError) else str(error)


def _world(server: Server, _arguments: Arguments) -> Reply:
    """Summarise the world as it is, not as statistics tell it."""
    world = server.stage.world
    return {
        "time": world.clock.now,
        "speed": server.stage.pace.speed,
        "profile": world.profile,
        "nodes": {name: _node(server, name) for name in world.nodes},
        "guests": {str(vmid): _guest(guest) for vmid, guest in world.guests.items()},
        "migrations": sorted(world.migrations),
        "running_tasks": [task.upid for task in world.tasks.running()],
    }


def _node(server: Server, name: str) -> Arguments:
    node = server.stage.world.nodes[name]
    return {
        "powered": node.is_powered,
        "linked": node.is_linked,
        "daemon_up": node.daemon_up,
        "guests": len(server.stage.world.guests_on[name]),
        "quorate": server.stage.world.is_quorate(name),
    }


def _guest(guest: Guest) -> Arguments:
    return {"node": guest.node, "type": guest.type, "status": guest.status, "lock": guest.lock}


def _advance(server: Server, arguments: Arguments) -> Reply:
    server.stage.world.clock.advance(float(arguments["seconds"]))
    return {"time": server.stage.world.clock.now}


def _speed(server: Server, arguments: Arguments) -> Reply:
    server.stage.pace.change(float(arguments["speed"]))


def _load(server: Server, arguments: Arguments) -> Reply:
    """Give a guest a constant load: cpu in cores, memory in bytes or as 4G."""
    world = server.stage.world
    guest = world.guests[int(arguments["vmid"])]
    before = guest.load.at(world.clock.now)
    set_load(world, guest.vmid, arguments.get("cpu", before.cpu), arguments.get("memory", before.memory))


def _act(server: Server, arguments: Arguments) -> Reply:
    """Let something happen: {"action": "node_down", "node": "pve2"}; see world/events.py for all."""
    named = dict(arguments)
    return {"result": act(server.stage.world, named.pop("action"), named)}


def _config(server: Server, arguments: Arguments) -> Reply:
    """Change a guest's config as root's editor would, its lock for example."""
    world = server.stage.world
    guest = world.guests[int(arguments["vmid"])]
    world.change_config(guest, arguments.get("set", {}), tuple(arguments.get("delete", ())))


def _faults(server: Server, _arguments: Arguments) -> Reply:
    return [asdict(fault) for fault in server.stage.world.faults.faults]


def _add_fault(server: Server, arguments: Arguments) -> Reply:
    fault = Fault(**arguments)
    if problem := problem_of(fault) or (fault.effect == ACT and problem_of_action(fault.action, fault.arguments)):
        raise ValueError(problem)
    server.stage.world.faults.add(fault)


def _clear_faults(server: Server, _arguments: Arguments) -> Reply:
    server.stage.world.faults.clear()


def _requests(server: Server, _arguments: Arguments) -> Reply:
    return server.stage.log.summary()


def _clear_requests(server: Server, _arguments: Arguments) -> Reply:
    server.stage.log.clear()


def _revoke(server: Server, arguments: Arguments) -> Reply:
    """A token stops to be valid: {"token": "drs@pve!demo"}."""
    revoke_token(server.stage.world, str(arguments["token"]))


def _reset(server: Server, _arguments: Arguments) -> Reply:
    server.reset()


CALLS: dict[tuple[str, str], Callable[[Server, Arguments], Reply]] = {
    ("GET", "/sim/world"): _world,
    ("POST", "/sim/advance"): _advance,
    ("POST", "/sim/speed"): _speed,
    ("POST", "/sim/load"): _load,
    ("POST", "/sim/act"): _act,
    ("POST", "/sim/config"): _config,
    ("GET", "/sim/faults"): _faults,
    ("POST", "/sim/faults"): _add_fault,
    ("DELETE", "/sim/faults"): _clear_faults,
    ("GET", "/sim/requests"): _requests,
    ("DELETE", "/sim/requests"): _clear_requests,
    ("POST", "/sim/revoke"): _revoke,
    ("POST", "/sim/reset"): _reset,
}
