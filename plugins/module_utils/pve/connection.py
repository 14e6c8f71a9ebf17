# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Where the API is and who asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy

MAX_PORT = 65535


@dataclass(frozen=True, kw_only=True)
class Connection:
    """API hosts in the order in which they are tried, and either a password or an API token.

    `user` is `name@realm`; `token_id` the token's name, with or without `name@realm!` before it.
    `timeout_seconds` defaults to more than the 30 s after which PVE gives up on a node (pve-api 1).
    """

    hosts: tuple[str, ...]
    user: str
    port: int = 8006
    password: str | None = field(default=None, repr=False)
    token_id: str | None = None
    token_secret: str | None = field(default=None, repr=False)
    validate_certs: bool = True
    ca_path: str | None = None
    timeout_seconds: float = 40.0

    def __post_init__(self) -> None:
        problems = tuple(_problems(self))
        if problems:
            raise BadPolicy(f"connection: {'; '.join(problems)}")

    @property
    def user_name(self) -> str:
        """The user as PVE knows it, without a token."""
        return self._token_parts[0] or self.user.partition("!")[0]

    @property
    def token_name(self) -> str | None:
        """The short name of the token, or None when a password is used."""
        return self._token_parts[1] or self.user.partition("!")[2] or None

    @property
    def who(self) -> str:
        """Who asks, as PVE writes it."""
        return f"{self.user_name}!{self.token_name}" if self.token_secret else self.user_name

    @property
    def verify(self) -> bool | str:
        """What the TLS layer trusts: a CA of the user's choice, the system's, or anything."""
        return (self.ca_path or True) if self.validate_certs else False

    @property
    def _token_parts(self) -> tuple[str, str]:
        user, _unused, name = (self.token_id or "").rpartition("!")
        return user, name


def _problems(given: Connection) -> Iterator[str]:
    if not given.hosts or not all(host.strip() for host in given.hosts):
        yield "api_host names no host"
    if not 0 < given.port <= MAX_PORT:
        yield f"api_port {given.port} is no port (1 to {MAX_PORT})"
    if given.timeout_seconds <= 0:
        yield f"api_timeout {given.timeout_seconds:g} must be more than 0 seconds"
    if given.ca_path and not Path(given.ca_path).exists():
        yield f"ca_path {given.ca_path} does not exist"
    if given.ca_path and not given.validate_certs:
        yield "ca_path has no effect with validate_certs off; set one of them"
    yield from _credential_problems(given)


def _credential_problems(given: Connection) -> Iterator[str]:
    if "@" not in given.user_name:
        yield f"api_user {given.user_name!r} names no realm; write it as name@realm, such as drs@pve"
    if bool(given.password) == bool(given.token_secret):
        yield "give either api_password, or api_token_id and api_token_secret"
    if given.token_secret and not given.token_name:
        yield "api_token_secret needs api_token_id, the name of the token"
    # A header cannot carry these; the library's own error would quote the secret.
    if not _is_plain(given.token_secret or "") or not _is_plain(given.who):
        yield "api_user, api_token_id or api_token_secret holds blanks or other characters that no token has"


def _is_plain(text: str) -> bool:
    return all("!" <= character <= "~" for character in text)
