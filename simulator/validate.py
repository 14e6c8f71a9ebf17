# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Checks parameters against the table, with the complaints of the real daemons (pve-api.md section 1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .answers import bad_parameters
from .table.formats import complaint
from .table.types import Method, Param, covers

MISSING = "property is missing and it is not optional"
UNKNOWN = "property is not defined in schema and the schema does not allow additional properties"
NUMBER = r"[+-]?(?=\d|\.\d)\d*(?:\.\d*)?(?:[eE][+-]?\d+)?"
SHAPES = {"integer": r"[+-]?\d+", "number": NUMBER, "boolean": r"[01]"}

Given = Mapping[str, Any]


def checked(method: Method, given: Given, profile: str) -> dict[str, Any]:
    """Return the parameters in their types (booleans as 0/1), or raise 400 with all complaints."""
    params = method.params_for(profile)
    branch = method.branches.get(str(given.get("type")), ()) if method.branches else ()
    errors: dict[str, str] = {}
    values = _check_all((*params, *branch), given, errors, _labels(branch, given))
    if errors:
        raise bad_parameters(errors)
    return values


def _labels(branch: Iterable[Param], given: Given) -> dict[str, str]:
    """Name the parameters of a type's branch as the real daemons do in their complaints."""
    return {param.name: f"oneOf[{given.get('type')}].{param.name}" for param in branch}


def _check_all(
    params: tuple[Param, ...], given: Given, errors: dict[str, str], labels: Mapping[str, str]
) -> dict[str, Any]:
    """Check what is given, what is unknown and what is missing."""
    values: dict[str, Any] = {}
    for name, raw in given.items():
        param = _find(params, name)
        if param is None:
            errors[name] = UNKNOWN
            continue
        label = labels.get(param.name, name)
        _check_requirement(param, given, errors, label)
        if problem := judge(param, raw):
            errors[label] = problem
        else:
            values[name] = _typed(param, raw)
    for param in params:
        if not param.optional and param.name not in given:
            errors[labels.get(param.name, param.name)] = MISSING
    return values


def _find(params: tuple[Param, ...], name: str) -> Param | None:
    return next((param for param in params if param.matches(name)), None)


def _check_requirement(param: Param, given: Given, errors: dict[str, str], label: str) -> None:
    if param.requires and param.requires not in given:
        errors[param.requires] = f"missing property - '{label}' requires this property"


def judge(param: Param, raw: Any) -> str | None:
    """Return the complaint about one value, or None."""
    text = as_text(raw)
    if isinstance(raw, list | dict):
        return f"type check ('{param.type}') failed - got {'ARRAY' if isinstance(raw, list) else 'HASH'}"
    shape = SHAPES.get(param.type)
    if shape and not re.fullmatch(shape, text):
        return f"type check ('{param.type}') failed - got '{text}'"
    return _judge_form(param, text) or _judge_range(param, text)


def _judge_form(param: Param, text: str) -> str | None:
    """Complain about format, property string, pattern and enumeration."""
    if param.format and (problem := complaint(param.format, text)):
        return f"invalid format - {problem}\n"
    if param.keys and (problem := _judge_properties(param, text)):
        return f"invalid format - format error\n{problem}\n"
    if param.pattern and not re.fullmatch(param.pattern, text):
        return "value does not match the regex pattern"
    if param.enum and text not in param.enum:
        return f"value '{text}' does not have a value in the enumeration '{', '.join(param.enum)}'"
    return None


def _judge_range(param: Param, text: str) -> str | None:
    """Complain about length and size."""
    if param.min_length is not None and len(text) < param.min_length:
        return f"value must be at least {param.min_length} characters long"
    if param.max_length is not None and len(text) > param.max_length:
        return f"value may only be {param.max_length} characters long"
    if param.type not in ("integer", "number"):
        return None
    if param.minimum is not None and float(text) < param.minimum:
        return f"value must have a minimum value of {param.minimum:g}"
    if param.maximum is not None and float(text) > param.maximum:
        return f"value must have a maximum value of {param.maximum:.0f}"
    return None


def _judge_properties(param: Param, text: str) -> str | None:
    """Complain about the first wrong key of a property string such as `ha=static,ha-rebalance-on-start=1`."""
    errors: dict[str, str] = {}
    given = split_properties(text, param.default_key)
    _check_all(param.keys, given, errors, {key: f"{param.name}.{key}" for key in (k.name for k in param.keys)})
    named = {key if key.startswith(f"{param.name}.") else f"{param.name}.{key}": text for key, text in errors.items()}
    return "\n".join(f"{key}: {problem}" for key, problem in sorted(named.items())) or None


def split_properties(text: str, default_key: str | None = None) -> dict[str, str]:
    """Split `key=value,...`; a part without `=` belongs to the default key."""
    parts = (part.partition("=") for part in text.split(",") if part)
    return {(key if equals else default_key or key): (value if equals else key) for key, equals, value in parts}


def parse_properties(param: Param, text: str) -> dict[str, Any]:
    """Read a property string into typed values (the text must have been judged)."""
    given = split_properties(text, param.default_key)
    return {name: _typed(key, raw) for name, raw in given.items() if (key := _find(param.keys, name))}


def as_text(raw: Any) -> str:
    """Give a JSON value as the text a form would have carried."""
    if isinstance(raw, bool):
        return "1" if raw else "0"
    return str(raw)


def _typed(param: Param, raw: Any) -> Any:
    """Convert a judged value to its type."""
    text = as_text(raw)
    if param.type in ("integer", "boolean"):
        return int(text)
    if param.type == "number":
        return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)
    return text


def known_in(params: Iterable[Param], profile: str) -> tuple[Param, ...]:
    """Keep the parameters that this profile knows."""
    return tuple(p for p in params if covers(p.since, p.until, profile))
