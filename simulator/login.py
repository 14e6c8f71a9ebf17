# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Proves who asks: API tokens, tickets with CSRF tokens, passwords (pve-api.md 2.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from .access import Access
from .answers import ApiError, UnauthenticatedError
from .world.credentials import Credentials
from .world.spec import User
from .world.tasks import Caller

TICKET_LIFE_SECONDS = 7200
EARLIEST_SECONDS = -300
READING = ("GET", "HEAD", "OPTIONS")
TOKEN = re.compile(r"PVEAPIToken[= ](?P<user>[^\s!]+)!(?P<name>[A-Za-z][A-Za-z0-9.\-_]+)[=:](?P<secret>\S+)")
AREAS: dict[str, tuple[str, str]] = {
    "access": ("/access", r"(?:User|Group|Permissions)\..*"),
    "dc": ("/", r"Sys\.(?:Audit|Modify)|SDN\..*"),
    "mapping": ("/mapping", r"Mapping\..*|Permissions\.Modify"),
    "nodes": ("/nodes", r"Sys\..*|Permissions\.Modify"),
    "sdn": ("/sdn", r"SDN\..*|Permissions\.Modify"),
    "storage": ("/storage", r"Datastore\..*|Permissions\.Modify"),
    "vms": ("/vms", r"VM\..*|Permissions\.Modify"),
}


class Login:
    """Issues and checks credentials; all times are those of the world's clock."""

    def __init__(self, access: Access, now: Callable[[], float], profile: str, credentials: Credentials) -> None:
        self._access = access
        self._now = now
        self._unified_texts = profile == "9.2"
        self._credentials = credentials
        self._secret = secrets.token_bytes(32)

    def caller(self, verb: str, headers: Mapping[str, str]) -> Caller:
        """Find out who sends a request; raise 401 when that cannot be proved."""
        authorization = headers.get("Authorization", "")
        if authorization.startswith("PVEAPIToken"):
            return self._token_caller(authorization)
        ticket = _cookie(headers.get("Cookie", ""))
        if not ticket:
            raise UnauthenticatedError("No ticket")
        user = self.ticket_user(ticket)
        if user is None:
            raise self._refusal("permission denied - invalid PVE ticket")
        if verb not in READING and not self._csrf_fits(headers.get("CSRFPreventionToken", ""), user):
            raise UnauthenticatedError("Permission denied - invalid csrf token")
        return Caller(user)

    def log_in(self, username: str, password: str) -> dict[str, str]:
        """Exchange a password, or a ticket that still lives, for a new ticket."""
        user = self._access.users.get(username)
        if user is None or not self._is_valid(user) or not self._password_fits(user, password):
            raise ApiError(401, "authentication failure\n")
        stamp = f"{int(self._now()):08X}"
        plain = f"PVE:{username}:{stamp}"
        csrf = f"{stamp}:{self._sign(f'{stamp}:{username}')}"
        ticket = f"{plain}::{self._sign(plain)}"
        return {"ticket": ticket, "CSRFPreventionToken": csrf, "username": username}

    def ticket_user(self, ticket: str) -> str | None:
        """Name the user of a ticket that is genuine and at most two hours old."""
        plain, separator, signature = ticket.partition("::")
        parts = plain.split(":")
        if not separator or len(parts) != 3 or not hmac.compare_digest(signature, self._sign(plain)):
            return None
        user = self._access.users.get(parts[1])
        return user.userid if user and self._is_valid(user) and self._is_fresh(parts[2]) else None

    def capabilities(self, user: str) -> dict[str, dict[str, int]]:
        """Summarise privileges by area, as the login answer does."""
        return {
            area: {name: 1 for name in self._access.held(user, path) if re.fullmatch(pattern, name)}
            for area, (path, pattern) in AREAS.items()
        }

    def _token_caller(self, authorization: str) -> Caller:
        found = TOKEN.fullmatch(authorization)
        if found is None:
            raise self._refusal("no tokenid specified")
        user = self._access.users.get(found["user"])
        full = f"{found['user']}!{found['name']}"
        token = self._access.tokens.get(full) if user and self._is_valid(user) else None
        if token is None or full in self._credentials.revoked:
            raise self._refusal(f"no such token '{found['name']}' for user '{found['user']}'")
        if not hmac.compare_digest(token.secret, found["secret"]):
            raise self._refusal("invalid token value!")
        if self._is_over(token.expires):
            raise self._refusal(f"token '{full}' access expired")
        return Caller(found["user"], found["name"])

    def _is_valid(self, user: User) -> bool:
        return user.is_enabled and not self._is_over(user.expires)

    def _is_over(self, expires: int) -> bool:
        return 0 < expires < self._now()

    def _refusal(self, old_text: str) -> UnauthenticatedError:
        """Since pve-manager 9.1.5 every failure reads the same."""
        return UnauthenticatedError("Authentication failed!" if self._unified_texts else old_text)

    def _password_fits(self, user: User, password: str) -> bool:
        if password.startswith("PVE:"):
            return self.ticket_user(password) == user.userid
        known = user.password or ""
        return bool(known) and hmac.compare_digest(known.encode(), password.encode())

    def _csrf_fits(self, given: str, user: str) -> bool:
        stamp, _unused, signature = given.partition(":")
        return hmac.compare_digest(signature, self._sign(f"{stamp}:{user}")) and self._is_fresh(stamp)

    def _is_fresh(self, stamp: str) -> bool:
        if not re.fullmatch(r"[0-9A-F]{8}", stamp):
            return False
        return EARLIEST_SECONDS < self._now() - int(stamp, 16) < TICKET_LIFE_SECONDS

    def _sign(self, text: str) -> str:
        key = self._secret + self._credentials.signing_key.to_bytes(4)
        digest = hmac.new(key, text.encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()


def _cookie(header: str) -> str:
    """Take the ticket out of the Cookie header (clients may percent-encode it)."""
    for part in header.split(";"):
        name, _unused, value = part.strip().partition("=")
        if name == "PVEAuthCookie":
            return unquote(value).strip('"')
    return ""
