# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""API tokens of users: their secrets are told once (pve-api.md 2.1)."""

from __future__ import annotations

import uuid
from dataclasses import replace

from simulator.answers import bad_parameters, failure
from simulator.table.formats import split_list
from simulator.world.spec import Token

from .call import Call, Handler, Row, require_lock
from .users import known_user, token_row


def tokens(call: Call) -> list[Row]:
    """List the tokens of a user."""
    found = call.access.tokens_of(known_user(call).userid)
    return [{"tokenid": name, **token_row(token)} for name, token in found.items()]


def token(call: Call) -> Row:
    """Tell of one token."""
    return token_row(_known(call))


def _full(call: Call) -> str:
    return f"{call.params['userid']}!{call.params['tokenid']}"


def _known(call: Call) -> Token:
    known_user(call)
    if _full(call) not in call.access.tokens:
        raise failure(f"no such token '{call.params['tokenid']}' for user '{call.params['userid']}'")
    return call.access.tokens[_full(call)]


def create(call: Call) -> Row:
    """Make a token and tell its secret."""
    user, full = known_user(call), _full(call)
    if full in call.access.tokens:
        raise bad_parameters({"tokenid": "Token already exists."})
    require_lock(call, "generating token failed")
    fresh = _changed(call, Token(user.userid, call.params["tokenid"], _secret(call)))
    call.access.tokens[full] = fresh
    call.world.credentials.revoked.discard(full)
    return {"info": token_row(fresh), "value": fresh.secret, "full-tokenid": full}


def change(call: Call) -> Row:
    """Change what is sent of a token; with `regenerate` it gets another secret."""
    found = _known(call)
    require_lock(call, "updating token info failed")
    dropped = split_list(call.param("delete", ""))
    found = replace(found, comment="" if "comment" in dropped else found.comment)
    found = replace(found, expires=0 if "expire" in dropped else found.expires)
    is_new = bool(call.param("regenerate"))
    changed = _changed(call, replace(found, secret=_secret(call)) if is_new else found)
    call.access.tokens[_full(call)] = changed
    told: Row = {"value": changed.secret, "full-tokenid": _full(call)} if is_new else {}
    return token_row(changed) | told


def _changed(call: Call, before: Token) -> Token:
    return replace(
        before,
        privilege_separation=bool(call.param("privsep", before.privilege_separation)),
        expires=call.param("expire", before.expires),
        comment=call.param("comment", before.comment),
    )


def _secret(call: Call) -> str:
    return str(uuid.UUID(int=call.order.getrandbits(128), version=4))


def remove(call: Call) -> None:
    """Remove a token, and what the access control list says of it."""
    _known(call)
    require_lock(call, "deleting token failed")
    del call.access.tokens[_full(call)]
    call.access.forget(subject=_full(call))


HANDLERS: dict[str, Handler] = {
    "GET /access/users/{userid}/token": tokens,
    "GET /access/users/{userid}/token/{tokenid}": token,
    "POST /access/users/{userid}/token/{tokenid}": create,
    "PUT /access/users/{userid}/token/{tokenid}": change,
    "DELETE /access/users/{userid}/token/{tokenid}": remove,
}
