# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Ask many things side by side; one that gets no answer does not lose the others."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal, NoHostAnswers

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Replies(Generic[Key, Result]):
    """Answers by key, and the errors of what was not answered."""

    found: dict[Key, Result]
    failed: dict[Key, ApiError]

    def complaints(self, what: str) -> Iterator[str]:
        """One line for each that failed; `what` says what is missing and takes the key as {key}."""
        for key, error in sorted(self.failed.items(), key=lambda item: str(item[0])):
            yield f"{what.format(key=key)}: {error}"


def ask_all(api: Api, calls: Mapping[Key, Callable[[], Result]]) -> Replies[Key, Result]:
    """Raises AuthenticationFailed, and NoHostAnswers when nothing at all was answered."""
    outcomes = api.fan_out([partial(_tried, call) for call in calls.values()])
    answers = dict(zip(calls, outcomes, strict=True))
    found = {key: answer for key, answer in answers.items() if not isinstance(answer, ApiError)}
    failed = {key: answer for key, answer in answers.items() if isinstance(answer, ApiError)}
    lost = [error for error in failed.values() if isinstance(error, NoHostAnswers)]
    if lost and not found:
        raise lost[0]
    return Replies(found, failed)


def _tried(call: Callable[[], Result]) -> Result | ApiError:
    try:
        return call()
    except (ApiRefusal, NoHostAnswers) as error:
        return error
