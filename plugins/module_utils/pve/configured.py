# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""A guest's configuration, as far as its load and its host depend on it (pve-api 10). No input or output."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import GuestConfig
from ansible_collections.pve.drs.plugins.module_utils.pve.details import configured_cpus
from ansible_collections.pve.drs.plugins.module_utils.pve.drives import storages_of
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, flag, items, number, settings, text

NUMA = re.compile(r"numa\d+")
DEVICE = re.compile(r"(hostpci|usb)\d+")
DEVICE_KINDS = {"hostpci": "pci", "usb": "usb"}


def configured(guest: Guest, config: Row) -> Guest:
    """The guest with its vCPUs and limits as they are configured."""
    return replace(guest, vcpus=configured_cpus(guest.type, config), config=config_of(config))


def config_of(config: Row) -> GuestConfig:
    """Options at their defaults are left out by PVE; a `cpulimit` of 0 is none."""
    return GuestConfig(
        cpulimit=number(config.get("cpulimit")) or None,
        hugepages=text(config.get("hugepages")),
        affinity=text(config.get("affinity")),
        hostnodes=_hostnodes(config),
        allow_ksm=flag(config.get("allow-ksm", 1)),
        cpu=_cpu_type(config),
        mapped=tuple(mapped_devices(config)),
        storages=storages_of(config),
    )


def _cpu_type(config: Row) -> str | None:
    """As in `host,flags=+aes` or `cputype=host`."""
    parts = items(config.get("cpu"))
    named = [part.removeprefix("cputype=") for part in parts if "=" not in part or part.startswith("cputype=")]
    return named[0] if named else None


def mapped_devices(config: Row) -> Iterator[str]:
    """As in `hostpci0: mapping=gpu,pcie=1`; virtual devices of a card (mdev) are not counted by PVE."""
    for key in sorted(config):
        device = DEVICE.fullmatch(key)
        options = settings(config[key]) if device else {}
        if device and options.get("mapping") and not options.get("mdev"):
            yield f"{DEVICE_KINDS[device[1]]}/{options['mapping']}"


def _hostnodes(config: Row) -> dict[str, str]:
    """As in `numa0: cpus=0-3,hostnodes=0,memory=4096,policy=bind`."""
    named = {key: settings(config[key]).get("hostnodes") for key in sorted(config) if NUMA.fullmatch(key)}
    return {key: nodes for key, nodes in named.items() if nodes}
