# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The sockets: one TLS listener per node, opened and closed as nodes come and go."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

KEEP_ALIVE_SECONDS = 5.0
TRIES = 20
CLOSE_WITHIN_SECONDS = 0.2
BODY_LIMIT = 512 * 1024

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Address:
    """Where a listener is reached."""

    host: str
    port: int


class Listener:
    """One socket of one node; closing it refuses new connections and breaks open ones."""

    def __init__(self, address: Address, handle: Handle, tls: ssl.SSLContext) -> None:
        self.address = address
        self._handle = handle
        self._tls = tls
        self._runner: web.AppRunner | None = None
        # Connections with a request that is being answered.
        self._busy: set[web.RequestHandler] = set()

    @property
    def is_open(self) -> bool:
        """Say whether connections are accepted."""
        return self._runner is not None

    async def open(self) -> None:
        """Start to listen; OSError when the port is taken."""
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/{tail:.*}", self._handled)
        runner = web.AppRunner(
            app,
            access_log=None,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            shutdown_timeout=CLOSE_WITHIN_SECONDS,
            handler_cancellation=True,
        )
        await runner.setup()
        site = web.TCPSite(runner, self.address.host, self.address.port, ssl_context=self._tls, reuse_address=True)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self.address = Address(self.address.host, runner.addresses[0][1])

    def hang_up(self) -> None:
        """End the connections that are open, each after the answer that it waits for; new ones are accepted."""
        for connection in self._runner.server.connections if self._runner and self._runner.server else ():
            if connection in self._busy:
                connection.close()
            elif connection.transport is not None:
                # Closing it in good manners would wait for the other side.
                connection.transport.abort()

    async def _handled(self, request: web.Request) -> web.StreamResponse:
        self._busy.add(request.protocol)
        try:
            return await self._handle(request)
        finally:
            self._busy.discard(request.protocol)

    async def close(self) -> None:
        """Stop to listen."""
        if self._runner is not None:
            self.hang_up()
            runner, self._runner = self._runner, None
            await runner.cleanup()


async def open_all(hosts: list[str], port: int, handles: list[Handle], tls: ssl.SSLContext) -> list[Listener]:
    """Open one listener per host on the same port; port 0 takes one that is free on all of them."""
    for _unused in range(1 if port else TRIES):
        try:
            return await _try_port(hosts, port, handles, tls)
        except OSError as error:
            # The port that the system chose for the first host may be taken on another one: then try again.
            reason = error.strerror
            await asyncio.sleep(0)
    raise OSError(f"cannot listen on port {port} of {hosts[0]} to {hosts[-1]}: {reason}; choose another port")


async def _try_port(hosts: list[str], port: int, handles: list[Handle], tls: ssl.SSLContext) -> list[Listener]:
    opened: list[Listener] = []
    try:
        for host, handle in zip(hosts, handles, strict=True):
            listener = Listener(Address(host, opened[0].address.port if opened else port), handle, tls)
            await listener.open()
            opened.append(listener)
    except OSError:
        for listener in opened:
            await listener.close()
        raise
    return opened
