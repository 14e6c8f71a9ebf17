# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""High availability: resources, groups, rules, status."""

from __future__ import annotations

from dataclasses import replace

from .params import NODE, SID, count, flag, text
from .types import Method, Param, delete, get, needs, optional, post, put

READ = needs("/", "Sys.Audit")
WRITE = needs("/", "Sys.Console")
H = "/cluster/ha"
RULE_TYPES = ("node-affinity", "resource-affinity")
STATES = ("started", "stopped", "enabled", "disabled", "ignored")
KINDS = text("type", enum=("ct", "vm"))
COMMENT = text("comment", max_length=4096)
DELETE = text("delete", format="pve-configid-list", max_length=4096)
DIGEST = text("digest", max_length=64)
GROUP = Param("group", format="pve-configid")
RULE = Param("rule", format="pve-configid")
RULE_TYPE = Param("type", enum=RULE_TYPES)

RESOURCE_OPTIONS: tuple[Param, ...] = (
    COMMENT,
    optional(GROUP),
    flag("failback", 1, since="9.0"),
    count("max_relocate", 0, default=1),
    count("max_restart", 0, default=1),
    text("state", default="started", enum=STATES),
)
_SHARED = (Param("resources", format="pve-ha-resource-id-list"), flag("disable"), COMMENT)
RULE_BRANCHES: dict[str, tuple[Param, ...]] = {
    "node-affinity": (Param("nodes", format="pve-ha-node-list"), flag("strict", 0), *_SHARED),
    "resource-affinity": (Param("affinity", enum=("positive", "negative")), *_SHARED),
}
RULE_CHANGES = {kind: tuple(replace(p, optional=True) for p in params) for kind, params in RULE_BRANCHES.items()}

HA_METHODS: tuple[Method, ...] = (
    get(H, permission=READ),
    get(f"{H}/status"),
    get(f"{H}/resources", KINDS, permission=READ),
    post(f"{H}/resources", SID, KINDS, *RESOURCE_OPTIONS, permission=WRITE),
    get(f"{H}/resources/{{sid}}", SID, permission=READ),
    put(f"{H}/resources/{{sid}}", SID, DELETE, DIGEST, *RESOURCE_OPTIONS, permission=WRITE),
    delete(f"{H}/resources/{{sid}}", SID, flag("purge", 1, since="9.0"), permission=WRITE),
    post(f"{H}/resources/{{sid}}/migrate", SID, NODE, permission=WRITE),
    post(f"{H}/resources/{{sid}}/relocate", SID, NODE, permission=WRITE),
    get(f"{H}/groups", permission=READ),
    get(f"{H}/groups/{{group}}", GROUP, permission=READ),
    post(
        f"{H}/groups",
        GROUP,
        Param("nodes", format="pve-ha-group-node-list", until="8.4"),
        Param("nodes", format="pve-ha-node-list", since="9.0"),
        COMMENT,
        flag("nofailback", 0),
        flag("restricted", 0),
        text("type", enum=("group",)),
        permission=WRITE,
    ),
    put(
        f"{H}/groups/{{group}}",
        GROUP,
        DELETE,
        DIGEST,
        text("nodes", format="pve-ha-group-node-list", until="8.4"),
        text("nodes", format="pve-ha-node-list", since="9.0"),
        COMMENT,
        flag("nofailback", 0),
        flag("restricted", 0),
        permission=WRITE,
    ),
    delete(f"{H}/groups/{{group}}", GROUP, permission=WRITE),
    get(f"{H}/rules", text("resource"), text("type", enum=RULE_TYPES), permission=READ, since="9.0"),
    post(f"{H}/rules", RULE, RULE_TYPE, permission=WRITE, branches=RULE_BRANCHES, since="9.0"),
    get(f"{H}/rules/{{rule}}", RULE, permission=READ, since="9.0"),
    put(f"{H}/rules/{{rule}}", RULE, RULE_TYPE, DELETE, DIGEST, permission=WRITE, branches=RULE_CHANGES, since="9.0"),
    delete(f"{H}/rules/{{rule}}", RULE, permission=WRITE, since="9.0"),
    get(f"{H}/status/current", permission=READ),
    get(f"{H}/status/manager_status", permission=READ),
    post(f"{H}/status/arm-ha", permission=WRITE, since="9.2"),
    post(f"{H}/status/disarm-ha", Param("resource-mode", enum=("freeze", "ignore")), permission=WRITE, since="9.2"),
)
