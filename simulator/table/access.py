# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Who may do what: logins, users, tokens, roles, the access control list."""

from __future__ import annotations

from .formats import SUBID, USERID
from .params import count, flag, text
from .types import (
    ITSELF,
    MAKES_USERS,
    MODIFY,
    WORLD,
    Method,
    Param,
    both,
    delete,
    either,
    get,
    needs,
    post,
    put,
    rules_over_user,
)

USER = Param("userid", format="pve-userid", max_length=64)
ROLE = Param("roleid", format="pve-roleid")
PRIVILEGES = text("privs", format="pve-priv-list")
TOKEN = Param("tokenid", pattern=SUBID)
USER_DETAILS = (
    text("comment", max_length=2048),
    text("email", max_length=254),
    flag("enable", 1),
    count("expire", 0),
    text("firstname", max_length=1024),
    text("groups", format="pve-groupid-list"),
    text("keys", pattern=r"[0-9a-zA-Z!=]{0,4096}"),
    text("lastname", max_length=1024),
)
TOKEN_DETAILS = (text("comment"), count("expire", 0), flag("privsep", 1))

CHANGES_ROLES = needs("/access", "Sys.Modify")
KEEPS_TOKENS = either(ITSELF, rules_over_user("User.Modify"))
USERS, ONE_USER = "/access/users", "/access/users/{userid}"
TOKENS, ONE_TOKEN = f"{ONE_USER}/token", f"{ONE_USER}/token/{{tokenid}}"

ACCESS_METHODS: tuple[Method, ...] = (
    get("/access"),
    get("/access/permissions", text("path"), text("userid", pattern=f"{USERID}(?:!{SUBID})?")),
    get("/access/ticket", permission=WORLD),
    post(
        "/access/ticket",
        Param("username", max_length=64),
        Param("password"),
        text("otp"),
        text("path", max_length=64, requires="privs"),
        text("privs", max_length=64, requires="path"),
        text("realm", max_length=32, format="pve-realm"),
        text("tfa-challenge"),
        flag("new-format", 1),
        permission=WORLD,
        allows_token=False,
    ),
    get(USERS, flag("enabled"), flag("full", 0), protected=True),
    post(USERS, USER, *USER_DETAILS, text("password", min_length=8, max_length=64),
         permission=both(MAKES_USERS, rules_over_user("User.Modify", groups="create"))),
    get(ONE_USER, USER, permission=rules_over_user("User.Modify", "Sys.Audit")),
    put(ONE_USER, USER, *USER_DETAILS, flag("append", requires="groups"),
        permission=rules_over_user("User.Modify", groups="update")),
    delete(ONE_USER, USER, permission=both(MAKES_USERS, rules_over_user("User.Modify"))),
    get(TOKENS, USER, permission=KEEPS_TOKENS),
    get(ONE_TOKEN, USER, TOKEN, permission=KEEPS_TOKENS),
    post(ONE_TOKEN, USER, TOKEN, *TOKEN_DETAILS, permission=KEEPS_TOKENS),
    put(ONE_TOKEN, USER, TOKEN, *TOKEN_DETAILS, text("delete", format="pve-configid-list", since="9.2"),
        flag("regenerate", 0, since="9.2"), permission=KEEPS_TOKENS),
    delete(ONE_TOKEN, USER, TOKEN, permission=KEEPS_TOKENS),
    get("/access/roles"),
    post("/access/roles", ROLE, PRIVILEGES, permission=CHANGES_ROLES),
    get("/access/roles/{roleid}", ROLE),
    put("/access/roles/{roleid}", ROLE, PRIVILEGES, flag("append", requires="privs"), permission=CHANGES_ROLES),
    delete("/access/roles/{roleid}", ROLE, permission=CHANGES_ROLES),
    get("/access/acl"),
    put(
        "/access/acl",
        Param("path"),
        Param("roles", format="pve-roleid-list"),
        text("users", format="pve-userid-list"),
        text("groups", format="pve-groupid-list"),
        text("tokens", format="pve-tokenid-list"),
        flag("propagate", 1),
        flag("delete"),
        permission=MODIFY,
    ),
    get("/access/groups"),
    get("/access/domains", permission=WORLD),
)  # fmt: skip
