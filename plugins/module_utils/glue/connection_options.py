# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Module parameters -> connection: a password or a token, never both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.glue.ranges import require_ranges
from ansible_collections.pve.drs.plugins.module_utils.pve.connection import Connection

Params = Mapping[str, Any]


def connection_from(params: Params) -> Connection:
    """What the options of pve.drs.api say. Raises BadPolicy for contradictions; no text holds a secret."""
    require_ranges(params)
    _require_one_kind_of_credentials(params)
    return Connection(
        hosts=_hosts(params["api_host"]),
        port=params["api_port"],
        user=_user(params),
        password=params["api_password"] or None,
        token_id=params["api_token_id"] or None,
        token_secret=params["api_token_secret"] or None,
        validate_certs=params["validate_certs"],
        ca_path=params["ca_path"],
        timeout_seconds=params["api_timeout"],
    )


def _hosts(given: list[str]) -> tuple[str, ...]:
    hosts = tuple(dict.fromkeys(host.strip() for host in given if host.strip()))
    if not hosts:
        raise BadPolicy("api_host is empty: name at least one node of the cluster (or set PROXMOX_HOST)")
    wrong = [host for host in hosts if "/" in host]
    if wrong:
        raise BadPolicy(f"api_host: {wrong[0]} is not a host name or address; leave out https:// and any path")
    return hosts


def _user(params: Params) -> str:
    """The user that is named, or the one that the full id of the token names."""
    user: str = params["api_user"] or ""
    owner = (params["api_token_id"] or "").rpartition("!")[0]
    if user and owner and user != owner:
        raise BadPolicy(f"api_user is {user}, but api_token_id belongs to {owner}: leave one of them out")
    if not user and not owner:
        raise BadPolicy("api_user is missing: name it (or set PROXMOX_USER), or give the full token id user@realm!name")
    return user or owner


def _require_one_kind_of_credentials(params: Params) -> None:
    has_password, has_id, has_secret = (
        bool(params[option]) for option in ("api_password", "api_token_id", "api_token_secret")
    )
    if has_password and (has_id or has_secret):
        raise BadPolicy(
            "both a password and a token are given, as options or as PROXMOX_PASSWORD, PROXMOX_TOKEN_ID and "
            "PROXMOX_TOKEN_SECRET in the environment: give api_password, or api_token_id with api_token_secret"
        )
    if has_id and not has_secret:
        raise BadPolicy("api_token_id is given without api_token_secret (or PROXMOX_TOKEN_SECRET)")
    if has_secret and not has_id:
        raise BadPolicy("api_token_secret is given without api_token_id (or PROXMOX_TOKEN_ID)")
    if not has_password and not has_secret:
        raise BadPolicy("no credentials: give api_password, or api_token_id with api_token_secret")
