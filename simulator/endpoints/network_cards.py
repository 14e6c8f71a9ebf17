# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Network cards of guests: who names no address gets one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .call import Call


def completed(kind: str, call: Call, options: Mapping[str, object]) -> dict[str, object]:
    """Give the options with all cards complete."""
    complete = _of_vm if kind == "qemu" else _of_container
    return {
        key: complete(call, str(value)) if re.fullmatch(r"net\d+", key) else value for key, value in options.items()
    }


def _of_vm(call: Call, text: str) -> str:
    """Complete `virtio,bridge=vmbr0`."""
    model, comma, rest = text.partition(",")
    return text if "=" in model else f"{model}={_mac(call)}{comma}{rest}"


def _of_container(call: Call, text: str) -> str:
    """Complete `name=eth0,bridge=vmbr0`."""
    address = "" if "hwaddr=" in text else f",hwaddr={_mac(call)}"
    return text + address + ("" if "type=" in text else ",type=veth")


def _mac(call: Call) -> str:
    bits = call.order.getrandbits(24)
    return f"BC:24:11:{bits >> 16:02X}:{bits >> 8 & 0xFF:02X}:{bits & 0xFF:02X}"
