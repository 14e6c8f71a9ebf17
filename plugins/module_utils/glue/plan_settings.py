# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The options that a plan depends on: kept with it, and held against those of the task that applies it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPlan
from ansible_collections.pve.drs.plugins.module_utils.core.saved.digest import digest_of
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.arguments import Spec

Params = Mapping[str, Any]

# How a run goes about its work; a plan is the same with any of them.
OF_THE_RUN = (
    "state_path",
    "planning_seconds",
    "exact_seconds",
    "approve",
    "explain",
    "alternatives",
    "settle",
    "timeout",
)


def settings_of(params: Params) -> dict[str, Any]:
    """What was not left at its default."""
    return {
        option: params[option]
        for option, spec in sorted(_options().items())
        if params.get(option) is not None and not _is_same(params[option], spec.get("default"))
    }


def with_settings(params: Params, settings: Params) -> dict[str, Any]:
    """The options of the task, and those that a plan was made with in their place. Raises BadPlan."""
    spec = _options()
    checked = ArgumentSpecValidator(spec).validate(dict(settings))
    if checked.error_messages:
        raise BadPlan(f"the settings of the plan make no sense: {'; '.join(checked.error_messages)}")
    return {**params, **checked.validated_parameters}


def other_settings(params: Params, settings: Params) -> tuple[str, ...]:
    """Options that the task gives, and the plan was made without, or otherwise; what it leaves out may be anything."""
    given = settings_of(params)
    other = [option for option in given if not _is_same(given[option], settings.get(option))]
    return tuple(text for option in other for text in _told(option, given[option], settings.get(option)))


def _options() -> Spec:
    every = arguments.judging() | arguments.moving()
    return {option: spec for option, spec in every.items() if option not in OF_THE_RUN}


def _is_same(one: object, other: object) -> bool:
    return digest_of(one) == digest_of(other)


def _told(option: str, now: Any, then: Any) -> Iterator[str]:  # noqa: ANN401 - whatever an option may be
    """Rules one by one: a long list of them tells nobody what it is about."""
    if option != "rules":
        yield f"option {option} is {now} now, and was {'left out' if then is None else then}"
        return
    old, new = ({rule.get("name"): rule for rule in rules or ()} for rules in (then, now))
    for name in sorted(map(str, {**old, **new})):
        if not _is_same(old.get(name), new.get(name)):
            yield f"rule {name} (option rules) {'is new' if name not in old else 'is gone' if name not in new else 'has changed'}"
    if old == new:
        yield "the rules (option rules) are in another order"
