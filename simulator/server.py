# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The simulator over HTTPS: listeners of all nodes, the clock's pace, faults, the request log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from . import certificates, control
from .answers import ApiError
from .api import Answer, Request, refusal
from .listeners import Handle, Listener, open_all
from .request_log import Entry, RequestLog
from .stage import Settings, Stage, make_stage
from .waiting import let_time_pass
from .wire import read_request, response
from .world.faults import Fault
from .world.faults import Request as FaultRequest
from .world.trouble import when_asked
from .world.world import World

TICK_SECONDS = 0.1
UNAUTHORISED = 401
HANG_SECONDS = 3600.0
FIRST_ERROR_STATUS = 400
Result = TypeVar("Result")
Build = Callable[[], World]


class Server:
    """Serves one world on the loopback addresses 127.0.0.1, 127.0.0.2 and so on, one per node."""

    def __init__(self, world: World, settings: Settings, run_dir: Path, rebuild: Build | None = None) -> None:
        self.settings = settings
        self.run_dir = run_dir
        self.stage: Stage = make_stage(world, settings)
        self.hosts = {name: f"127.0.0.{number}" for number, name in enumerate(world.nodes, start=1)}
        self.listeners: dict[str, Listener] = {}
        self.control_listener: Listener | None = None
        self._certificates: certificates.Certificates
        self._tls: ssl.SSLContext
        # How many of the world's changes of certificates the listeners show.
        self._seen_changes = 0
        self._rebuild = rebuild
        self._ticker: asyncio.Task[None] | None = None
        self._syncing = asyncio.Lock()
        self._background: set[asyncio.Future[None]] = set()

    async def start(self) -> None:
        """Make certificates, open all listeners, start the clock; OSError when a port is taken."""
        names = [*self.hosts, "localhost"]
        made = certificates.make(self.run_dir, list(self.hosts.values()), names)
        self._certificates, self._tls = made, made.server_context()
        tls = self._tls
        handles: list[Handle] = [self._handler(name) for name in self.hosts]
        opened = await open_all(list(self.hosts.values()), self.settings.port, handles, tls)
        self.listeners = dict(zip(self.hosts, opened, strict=True))
        controls = await open_all(["127.0.0.1"], self.settings.control_port, [self._control], tls)
        self.control_listener = controls[0]
        self.stage.api.fingerprint = made.fingerprint
        self._write_connection(made.ca_path)
        self._ticker = asyncio.create_task(self._tick())
        self._ticker.add_done_callback(_report_failure)

    async def stop(self) -> None:
        """Close everything."""
        if self._ticker is not None:
            self._ticker.cancel()
        controls = [self.control_listener] if self.control_listener else []
        await asyncio.gather(*(listener.close() for listener in [*self.listeners.values(), *controls]))

    def reset(self) -> None:
        """Begin the scenario again; the request log starts anew too."""
        if self._rebuild is None:
            raise ValueError("cannot reset: this simulator was started from a world, not from a scenario")
        self.stage = make_stage(self._rebuild(), self.settings)
        self._seen_changes = 0
        self.stage.api.fingerprint = self._certificates.fingerprint

    @property
    def connection(self) -> dict[str, Any]:
        """Describe how to reach and log in to the simulator, as connection.json holds it."""
        nodes = {n: {"host": one.address.host, "port": one.address.port} for n, one in self.listeners.items()}
        address = self.control_listener.address if self.control_listener else None
        return {
            "nodes": nodes,
            "ca_path": str(self.run_dir / "ca.pem"),
            "control": f"https://{address.host}:{address.port}" if address else None,
            "users": sorted(self.stage.access.users),
            "tokens": {name: token.secret for name, token in self.stage.access.tokens.items()},
            "profile": self.stage.world.profile,
        }

    def _write_connection(self, ca_path: Path) -> None:
        path = ca_path.with_name("connection.json")
        path.touch(mode=0o600)
        path.write_text(json.dumps(self.connection, indent=1) + "\n", encoding="utf-8")

    async def sync_listeners(self) -> None:
        """Open and close listeners as nodes came up or went down; show new certificates."""
        self._follow_certificates()
        async with self._syncing:
            for name, listener in self.listeners.items():
                node = self.stage.world.nodes[name]
                wanted = node.is_powered and node.daemon_up
                if wanted != listener.is_open:
                    await (listener.open() if wanted else listener.close())

    def _follow_certificates(self) -> None:
        """A daemon with a new certificate has been started again, so that open connections end."""
        for authority in self.stage.world.certificate_changes[self._seen_changes :]:
            self._seen_changes += 1
            self._certificates = certificates.renewed(self._certificates, by_same_authority=authority == "same")
            self._tls.load_cert_chain(self._certificates.leaf_path)
            self.stage.api.fingerprint = self._certificates.fingerprint
            for listener in self.listeners.values():
                listener.hang_up()

    async def _tick(self) -> None:
        while True:
            self.stage.pace.catch_up()
            await self.sync_listeners()
            await asyncio.sleep(TICK_SECONDS)

    async def _control(self, raw: web.Request) -> web.StreamResponse:
        self.stage.pace.catch_up()
        # Listeners follow at the next tick: closing one waits for its requests, of which this may be one.
        return await control.respond(self, raw)

    def _handler(self, node: str) -> Handle:
        async def handle(raw: web.Request) -> web.StreamResponse:
            path = raw.rel_url.raw_path
            if path.startswith("/sim/"):
                return await self._control(raw)
            if not path.startswith("/api2/"):
                return web.Response(status=404, reason=f"no such file '{path}'")
            return await self._serve(raw, node)

        return handle

    async def _serve(self, raw: web.Request, node: str) -> web.StreamResponse:
        """Answer one request of the API."""
        stage = self.stage
        stage.pace.catch_up()
        try:
            request = await read_request(raw, node)
        except ApiError as error:
            return response(raw, refusal(error))
        seen = _seen_by_faults(request)
        if when_asked(stage.world, seen):
            self._follow()
        if not self._is_serving(node):
            return response(raw, _broken_off(raw))
        fault = stage.world.faults.for_request(seen)
        if fault is not None and fault.carried_out:
            stage.api.answer(request)
        if fault is not None and (broken := await self._suffer(raw, fault)) is not None:
            _remember(stage, request, broken)
            return response(raw, broken)
        let_time_pass(stage, request)
        answer = stage.api.answer(request)
        _remember(stage, request, answer)
        if answer.status == UNAUTHORISED:
            await asyncio.sleep(stage.pace.real_seconds(self.settings.login_delay_seconds))
        return response(raw, answer)

    def _follow(self) -> None:
        """Bring listeners in step beside the request that is being answered: closing one waits for its requests."""
        self._follow_certificates()
        syncing = asyncio.ensure_future(self.sync_listeners())
        self._background.add(syncing)
        syncing.add_done_callback(self._background.discard)

    def _is_serving(self, name: str) -> bool:
        node = self.stage.world.nodes[name]
        return node.is_powered and node.daemon_up

    def _suffered_seconds(self, fault: Fault) -> float:
        """Give the real time of a fault; its seconds are virtual, or real when the clock is driven by hand."""
        return fault.seconds / (self.stage.pace.speed or 1.0)

    async def _suffer(self, raw: web.Request, fault: Fault) -> Answer | None:
        """Carry out a fault; None means that the request is answered after all."""
        if fault.effect == "reset":
            return _broken_off(raw)
        if fault.effect == "hang":
            await asyncio.sleep(self._suffered_seconds(fault) or HANG_SECONDS)
            return Answer(596, "Connection timed out", b"", is_json=False)
        if fault.effect == "slow":
            await asyncio.sleep(self._suffered_seconds(fault))
            return None
        if fault.status < FIRST_ERROR_STATUS:
            return Answer(fault.status, "OK", fault.text.encode(), is_json=False)
        return refusal(ApiError(fault.status, f"{fault.text}\n"))


def _broken_off(raw: web.Request) -> Answer:
    """Break the connection; what is returned reaches nobody."""
    if raw.transport is not None:
        raw.transport.abort()
    return Answer(499, "Client Closed Request", b"", is_json=False)


def _report_failure(ticker: asyncio.Task[None]) -> None:
    """Time must not stand still without a word."""
    if not ticker.cancelled() and (error := ticker.exception()) is not None:
        logging.getLogger("simulator").error("the clock stopped: %s", error, exc_info=error)


def _seen_by_faults(request: Request) -> FaultRequest:
    node = re.match(r"/nodes/([^/]+)", request.path)
    vmid = re.search(r"/(?:qemu|lxc|resources)/(?:(?:vm|ct):)?(\d+)", request.path)
    return FaultRequest(request.verb, request.path, node[1] if node else None, int(vmid[1]) if vmid else None)


def _remember(stage: Stage, request: Request, answer: Answer) -> None:
    now = stage.world.clock.now
    stage.log.add(Entry(request.verb, request.path, answer.status, answer.user, request.node, now))


@dataclass(frozen=True)
class Running:
    """A simulator that runs on its own thread."""

    server: Server
    loop: asyncio.AbstractEventLoop

    @property
    def world(self) -> World:
        """The world that is served now (another one after a reset)."""
        return self.server.stage.world

    @property
    def log(self) -> RequestLog:
        """The requests that came in since the start or the last reset."""
        return self.server.stage.log

    @property
    def connection(self) -> dict[str, Any]:
        """How to reach it."""
        return self.server.connection

    def call(self, action: Callable[[], Result]) -> Result:
        """Run something between two requests, and bring listeners in step with the world."""

        async def run() -> Result:
            result = action()
            await self.server.sync_listeners()
            return result

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result()

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.call(lambda: self.world.clock.advance(seconds))


@contextlib.contextmanager
def running(world: World, settings: Settings | None = None, rebuild: Build | None = None) -> Iterator[Running]:
    """Serve a world on a thread, by default on a free port and with the clock driven by hand."""
    settings = settings or Settings(port=0, speed=0.0, auto_advance=1.0)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulator", daemon=True)
    thread.start()
    with tempfile.TemporaryDirectory(prefix="pve-drs-simulator-") as directory:
        server = Server(world, settings, Path(directory), rebuild)
        try:
            asyncio.run_coroutine_threadsafe(server.start(), loop).result()
            yield Running(server, loop)
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
