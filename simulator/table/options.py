# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Datacenter options, as parameters of PUT /cluster/options."""

from __future__ import annotations

from .guest_options import KEYBOARDS
from .params import count, flag, number, text
from .types import Param

LANGUAGES = tuple("ar ca da de en es eu fa fr hr he it ja ka kr nb nl nn pl pt_BR ru sl sv tr ukr zh_CN zh_TW".split())
ALWAYS_NEVER = ("always", "never")
TAG = r"[a-zA-Z0-9_][a-zA-Z0-9_\-\+\.]*"
COLOUR = rf"{TAG}:[0-9a-fA-F]{{6}}(?::[0-9a-fA-F]{{6}})?"

CRS_BASIC = (text("ha", enum=("basic", "static"), default="basic"), flag("ha-rebalance-on-start", 0))
CRS_DYNAMIC = (
    text("ha", enum=("basic", "static", "dynamic"), default="basic"),
    flag("ha-rebalance-on-start", 0),
    flag("ha-auto-rebalance", 0),
    text("ha-auto-rebalance-method", enum=("bruteforce", "topsis"), default="bruteforce", requires="ha-auto-rebalance"),
    number("ha-auto-rebalance-hold-duration", 0, default=3, requires="ha-auto-rebalance"),
    number("ha-auto-rebalance-margin", 0, 100, default=10, requires="ha-auto-rebalance"),
    number("ha-auto-rebalance-threshold", 0, 100, default=30, requires="ha-auto-rebalance"),
)
TRANSPORT = (
    Param("type", enum=("secure", "insecure"), default="secure"),
    text("network", format="CIDR"),
)
SHUTDOWN = (Param("shutdown_policy", enum=("freeze", "failover", "conditional", "migrate"), default="conditional"),)
BANDWIDTH = tuple(number(use, 0) for use in ("clone", "default", "migration", "move", "restore"))
NOTIFY = (
    text("fencing", enum=ALWAYS_NEVER),
    text("package-updates", enum=("auto", "always", "never")),
    text("replication", enum=ALWAYS_NEVER),
    text("target-fencing"),
    text("target-package-updates"),
    text("target-replication"),
)
TAG_STYLE = (
    flag("case-sensitive", 0),
    text("color-map", pattern=rf"{COLOUR}(?:;{COLOUR})*"),
    text("ordering", enum=("config", "alphabetical")),
    text("shape", enum=("full", "circle", "dense", "none")),
)
TAG_ACCESS = (
    text("user-allow", enum=("none", "list", "existing", "free")),
    text("user-allow-list", pattern=rf"{TAG}(?:;{TAG})*"),
)
WEBAUTHN = (flag("allow-subdomains", 1), text("id"), text("origin"), text("rp"))
LOCATION = (number("latitude", -90, 90), number("longitude", -180, 180), text("name", max_length=128))

DATACENTER_OPTIONS: tuple[Param, ...] = (
    text("bwlimit", keys=BANDWIDTH),
    text("consent-text", max_length=65536),
    text("console", enum=("applet", "vv", "html5", "xtermjs")),
    text("crs", keys=CRS_BASIC, until="9.0"),
    text("crs", keys=CRS_DYNAMIC, since="9.2"),
    text("delete", format="pve-configid-list"),
    text("description", max_length=65536),
    text("email_from"),
    text("fencing", enum=("watchdog", "hardware", "both")),
    text("ha", keys=SHUTDOWN),
    text("http_proxy", pattern="http://.*"),
    text("keyboard", enum=KEYBOARDS),
    text("language", enum=LANGUAGES),
    text("location", keys=LOCATION, since="9.2"),
    text("mac_prefix"),
    count("max_workers", 1),
    text("migration", keys=TRANSPORT, default_key="type"),
    flag("migration_unsecure"),
    text("next-id", keys=(count("lower"), count("upper"))),
    text("notify", keys=NOTIFY),
    text("registered-tags", pattern=rf"(?:{TAG};)*{TAG}"),
    text("replication", keys=TRANSPORT, default_key="type", since="9.0"),
    text("tag-style", keys=TAG_STYLE),
    text("u2f", keys=(text("appid"), text("origin"))),
    text("user-tag-access", keys=TAG_ACCESS),
    text("webauthn", keys=WEBAUTHN),
)
