# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""HTTPS to the PVE API through proxmoxer: fail-over between hosts, threads, and errors a user can act on."""

from __future__ import annotations

import errno
import re
import socket
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.pve.answers import Answers, error_texts
from ansible_collections.pve.drs.plugins.module_utils.pve.connection import Connection
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import (
    AuthenticationFailed,
    NoHostAnswers,
    Unanswered,
    refusal,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.tls import tls_hint
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Json

try:
    # requests first: without it proxmoxer does not raise but ends the process.
    import requests
    from proxmoxer.backends import https
    from proxmoxer.core import AuthenticationError, ProxmoxResource, ResourceException
except ImportError:
    PROXMOXER_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    PROXMOXER_IMPORT_ERROR = None

Result = TypeVar("Result")
# proxmoxer brings no types.
Untyped: TypeAlias = Any
THREADS = 8
CONNECT_SECONDS = 10.0
UNAUTHORIZED = 401
NOT_FOUND = 404
NO_ROUTE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN)


@dataclass(frozen=True, slots=True)
class Request:
    """One call: its HTTP method, the path below /api2/json, and its parameters."""

    method: str
    path: str
    params: dict[str, Json]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class HostFailure(Exception):
    """One host gave no answer. `was_sent`: it may have carried the request out; `was_dropped`: asking again may help."""

    def __init__(self, reason: str, *, was_sent: bool = False, was_dropped: bool = False) -> None:
        super().__init__(reason)
        self.was_sent = was_sent
        self.was_dropped = was_dropped


class TicketRefused(AuthenticationFailed):
    """The ticket of a login is worth nothing any more; nothing was carried out."""


class Client:
    """Asks the first host that answers, and stays with it. Safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        if PROXMOXER_IMPORT_ERROR:
            raise ApiError("the Python library proxmoxer (2.2 or newer) is missing; install it for this Python")
        self.connection = connection
        self.reads = self.writes = self.logins = 0
        self._order = list(connection.hosts)
        self._backends: dict[str, Untyped] = {}
        self._notes: dict[str, None] = {}
        self._lock = threading.Lock()
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="pve-api")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the threads; requests under way are waited for."""
        self._pool.shutdown()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Hosts that did not answer although another one did."""
        return tuple(self._notes)

    def get(self, path: str, /, **params: Json) -> Json:
        """Read. Raises ApiRefusal, AuthenticationFailed or NoHostAnswers."""
        return self._send(Request("GET", path, params))

    def post(self, path: str, /, **params: Json) -> Json:
        """Write, at most once. Raises Unanswered too, when the answer was lost on the way."""
        return self._send(Request("POST", path, params))

    def put(self, path: str, /, **params: Json) -> Json:
        """Change something, at most once. Raises what `post` raises."""
        return self._send(Request("PUT", path, params))

    def delete(self, path: str) -> Json:
        """Remove something, at most once. Raises what `post` raises."""
        return self._send(Request("DELETE", path, {}))

    def fan_out(self, calls: Sequence[Callable[[], Result]]) -> list[Result]:
        """Run calls side by side, a few at a time; results in the order of the calls, the first error is raised."""
        return [future.result() for future in [self._pool.submit(call) for call in calls]]

    def prefer_next_host(self) -> bool:
        """Ask another host first from now on; False when there is no other."""
        with self._lock:
            self._order.append(self._order.pop(0))
        return len(self._order) > 1

    def _send(self, request: Request) -> Json:
        failures: list[str] = []
        for host in tuple(self._order):
            try:
                answer = self._ask_patiently(host, request)
            except HostFailure as failure:
                failures.append(str(failure))
                if failure.was_sent and request.method != "GET":
                    raise Unanswered(f"{request}: {failure}; it may have been carried out") from failure
                continue
            self._settle_on(host, failures)
            return answer
        raise NoHostAnswers(f"the Proxmox VE API cannot be asked: {'; '.join(failures)}")

    def _ask_patiently(self, host: str, request: Request) -> Json:
        """A server may close an idle connection just when we use it; a read is then repeated once.

        A ticket lives for two hours, or until the key changes that it was signed with: then we log in once more.
        """
        try:
            return self._ask(host, request)
        except TicketRefused:
            self._forget_login(host)
        except HostFailure as failure:
            if request.method != "GET" or not failure.was_dropped:
                raise
        return self._ask(host, request)

    def _ask(self, host: str, request: Request) -> Json:
        try:
            resource = self._resource(host)(request.path.strip("/"))
            self._count(request.method)
            return getattr(resource, request.method.lower())(**request.params)
        except ResourceException as error:
            raise self._refused(host, request, error) from error
        except AuthenticationError as error:
            raise self._login_failed(host, str(error)) from error
        except (requests.RequestException, OSError) as error:
            raise self._failure(host, error) from error

    def _refused(self, host: str, request: Request, error: Untyped) -> ApiError:
        if error.status_code == UNAUTHORIZED:
            kind = AuthenticationFailed if self.connection.token_secret else TicketRefused
            return kind(f"{host} does not accept {self._credentials()} ({error.content}); check them")
        if error.status_code == NOT_FOUND and not error.errors.keys() & {"data", "message"}:
            return ApiError(f"{host} answered, but not as a Proxmox VE API does; check api_host and api_port")
        message, fields = error_texts(error.errors, str(error.content or ""))
        return refusal(str(request), int(error.status_code), message, fields)

    def _login_failed(self, host: str, text: str) -> Exception:
        """Version 2.3 of proxmoxer names the HTTP status in the text; only a 401 is about the credentials."""
        status = re.search(r"code: (\d+)", text)
        if status and int(status[1]) != UNAUTHORIZED:
            return HostFailure(f"{host} answered a login with status {status[1]}")
        hint = "is it right, and does the user need a second factor (then use an API token)?"
        return AuthenticationFailed(f"{host} does not accept {self._credentials()}; {hint}")

    def _credentials(self) -> str:
        kind = "the secret of API token" if self.connection.token_secret else "the password of user"
        return f"{kind} {self.connection.who}"

    def _failure(self, host: str, error: Exception) -> HostFailure:
        where = host if ":" in host else f"{host}:{self.connection.port}"
        if isinstance(error, requests.exceptions.SSLError):
            return HostFailure(f"{where}: {tls_hint(str(error))}")
        if isinstance(error, requests.exceptions.ProxyError):
            return HostFailure(
                f"{where} cannot be reached through the proxy of HTTPS_PROXY; name the host in NO_PROXY?"
            )
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return HostFailure(f"{where} cannot be reached within {self._connect_seconds:g} s; address, firewall?")
        if isinstance(error, requests.exceptions.Timeout):
            return HostFailure(f"{where} gave no answer within {self.connection.timeout_seconds:g} s", was_sent=True)
        if isinstance(error, ValueError):
            return HostFailure(f"{where} is no address of a Proxmox VE API, or something else answers there")
        return _connection_failure(where, error)

    @property
    def _connect_seconds(self) -> float:
        return min(CONNECT_SECONDS, self.connection.timeout_seconds)

    def _count(self, method: str) -> None:
        with self._lock:
            self.reads += method == "GET"
            self.writes += method != "GET"

    def _settle_on(self, host: str, failures: Sequence[str]) -> None:
        if not failures:
            return
        with self._lock:
            while self._order[0] != host:
                self._order.append(self._order.pop(0))
            self._notes.update(dict.fromkeys(f"{failure}; went on with {host}" for failure in failures))

    def _resource(self, host: str) -> Untyped:
        """One session per thread and host; a login is shared by all threads."""
        sessions, backend = self._sessions, self._backend(host)
        if host not in sessions or sessions[host][0] is not backend:
            resource = ProxmoxResource(
                base_url=backend.get_base_url(), session=backend.get_session(), serializer=Answers()
            )
            sessions[host] = (backend, resource)
        return sessions[host][1]

    @property
    def _sessions(self) -> dict[str, tuple[Untyped, Untyped]]:
        """What this thread has: by host the login and the session that uses it."""
        sessions: dict[str, tuple[Untyped, Untyped]] = self._local.__dict__.setdefault("sessions", {})
        return sessions

    def _forget_login(self, host: str) -> None:
        """The next request logs in; threads that find the same ticket refused do not do so again."""
        refused, _unused = self._sessions[host]
        with self._lock:
            if self._backends.get(host) is refused:
                del self._backends[host]

    def _backend(self, host: str) -> Untyped:
        with self._lock:
            if host not in self._backends:
                self._backends[host] = self._new_backend(host)
            return self._backends[host]

    def _new_backend(self, host: str) -> Untyped:
        given = self.connection
        shared = {
            "user": given.user_name,
            "port": given.port,
            "verify_ssl": given.verify,
            "timeout": (self._connect_seconds, given.timeout_seconds),
        }
        if given.token_secret:
            return https.Backend(host, token_name=given.token_name, token_value=given.token_secret, **shared)
        self.logins += 1
        try:
            return https.Backend(host, password=given.password, **shared)
        except (KeyError, TypeError) as error:
            # proxmoxer 2.2 does not look at the status of a login.
            raise HostFailure(f"{host} answered a login with something else than a ticket") from error


def _connection_failure(where: str, error: BaseException) -> HostFailure:
    causes = tuple(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return HostFailure(f"{where}: no such host name")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return HostFailure(f"{where} refuses the connection; is the port right, and does pveproxy run?")
    if any(isinstance(cause, OSError) and cause.errno in NO_ROUTE for cause in causes):
        return HostFailure(f"{where}: no route to this host")
    return HostFailure(f"{where} dropped the connection", was_sent=True, was_dropped=True)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what led to it; urllib3 keeps some causes in `reason`."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and cause not in seen:
            seen.append(cause)
            waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
    yield from seen
