# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Edits of a guest's config through the API: checked, written as pending, and applied as far as the guest takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import refused
from .hotplug import is_quiet, loses_option, takes_value
from .pending import FORCED, GRACEFUL
from .shape import memory_mib

if TYPE_CHECKING:
    from .model import Guest
    from .world import World

BALLOON_TOO_LARGE = "balloon value too large (must be smaller than assigned memory)"
REQUIRED = ("memory", "rootfs", "ostype")


@dataclass(frozen=True)
class Edit:
    """New values by option, options to take away (`is_forced`: with their volumes) and pending changes to forget."""

    values: Mapping[str, object]
    delete: tuple[str, ...] = ()
    revert: tuple[str, ...] = ()
    is_forced: bool = False


def check(guest: Guest, edit: Edit) -> None:
    """Raise WorldError for what only the guest's own config tells."""
    if guest.type == "qemu":
        _check_balloon(guest, edit.values)
        return
    for option in edit.delete:
        if option in guest.config and option in REQUIRED:
            raise refused(f"unable to delete required option '{option}'")
        if option in guest.config and option == "unprivileged":
            raise refused(f"unable to delete read-only option: '{option}'")
    if "unprivileged" in edit.values:
        raise refused("unable to modify read-only option: 'unprivileged'")


def _check_balloon(guest: Guest, values: Mapping[str, object]) -> None:
    if not {"memory", "balloon"} & set(values):
        return
    later = {**guest.config, **guest.pending.values, **values}
    if int(str(later.get("balloon") or 0)) > memory_mib(later.get("memory")):
        raise refused(BALLOON_TOO_LARGE)


def carry_out(world: World, guest: Guest, edit: Edit) -> None:
    """Write an edit: what a running guest cannot take waits for its next start, one that is stopped takes all."""
    guest.pending.forget(edit.revert)
    for option in edit.delete:
        if option in guest.config or option in guest.pending.values:
            guest.pending.drop(option, FORCED if edit.is_forced else GRACEFUL)
    for option, value in edit.values.items():
        guest.pending.want(option, value)
    guest.pending.tidy(guest.config)
    _apply(world, guest, {*edit.values, *edit.delete, *edit.revert} if guest.is_running else None)


def apply_all(world: World, guest: Guest) -> None:
    """Give a guest that starts what has waited for that."""
    if guest.pending:
        _apply(world, guest, None)


def _apply(world: World, guest: Guest, selection: set[str] | None) -> None:
    """Apply what is pending: all of it, or of a selection what the running guest takes."""
    values, removals = guest.pending.values, guest.pending.removals
    if selection is not None:
        values = {key: value for key, value in values.items() if _is_ready(guest, key, value, selection)}
        removals = {key: how for key, how in removals.items() if key in selection and loses_option(guest, key)}
    values, gone = dict(values), tuple(removals)
    guest.pending.forget([*values, *gone])
    world.change_config(guest, values, gone)


def _is_ready(guest: Guest, option: str, value: object, selection: set[str]) -> bool:
    """A VM takes with any edit what nobody but the daemons reads, even when it has waited since an earlier one."""
    if guest.type == "qemu" and is_quiet("qemu", option):
        return True
    return option in selection and takes_value(guest, option, value)
