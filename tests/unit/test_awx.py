# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The examples for AWX and execution environments know the options, variables and versions as they are."""

import re

import pytest
import yaml

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments

CONNECTION = arguments.connection()
OPTIONS = CONNECTION | arguments.judging() | arguments.moving() | arguments.executing()


class Loader(yaml.SafeLoader):
    """Takes what Ansible must not render as plain text."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


@pytest.fixture(scope="module")
def tasks(root):
    """Return the arguments of each task of the playbook that sets AWX up, by module, as a list."""
    text = (root / "docs/examples/awx/configure.yml").read_text(encoding="utf-8")
    [play] = yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    found = {}
    for task in play["tasks"]:
        [(module, given)] = [(name, value) for name, value in task.items() if name.startswith("awx.awx.")]
        found.setdefault(module.removeprefix("awx.awx."), []).append(given)
    return found


def test_a_credential_hands_over_what_the_modules_look_for(tasks):
    [kind] = tasks["credential_type"]
    injected, fields = kind["injectors"], {field["id"] for field in kind["inputs"]["fields"]}
    known = {name: option["fallback"][1][0] for name, option in CONNECTION.items() if "fallback" in option}
    assert set(injected["env"]) <= set(known.values())
    assert {name.removeprefix("drs_") for name in injected["extra_vars"]} <= set(CONNECTION)
    texts = [*injected["env"].values(), *injected["file"].values()]
    assert {re.fullmatch(r"\{\{ (\w+) \}\}", text)[1] for text in texts} == fields
    assert [field["id"] for field in kind["inputs"]["fields"] if field.get("secret")] == ["token_secret"]


def test_a_credential_fills_in_what_its_type_asks_for(tasks):
    [kind], [credential] = tasks["credential_type"], tasks["credential"]
    assert credential["credential_type"] == kind["name"]
    assert (
        set(credential["inputs"])
        == set(kind["inputs"]["required"])
        == {field["id"] for field in kind["inputs"]["fields"]}
    )


def test_a_survey_asks_for_options_in_their_bounds(tasks):
    _report, balance = tasks["job_template"]
    for question in balance["survey_spec"]["spec"]:
        option = OPTIONS[question["variable"].removeprefix("drs_")]
        assert set(question.get("choices", ())) <= set(option.get("choices", ()))
        assert question["type"] != "integer" or option["type"] in ("int", "float")
    assert {name.removeprefix("drs_") for name in balance["extra_vars"]} <= set(OPTIONS)
    assert balance["extra_vars"]["drs_timeout"] < balance["timeout"]
    assert balance["allow_simultaneous"] is False


def test_schedules_start_templates_and_answer_their_surveys(tasks):
    templates = {template["name"]: template for template in tasks["job_template"]}
    for schedule in tasks["schedule"]:
        survey = templates[schedule["unified_job_template"]].get("survey_spec", {"spec": []})["spec"]
        assert set(schedule.get("extra_data", {})) == {question["variable"] for question in survey}
        assert re.fullmatch(
            r"DTSTART;TZID=[\w/]+:\d{8}T\d{6} RRULE:FREQ=\w+;INTERVAL=1(;BYHOUR=[\d,]+)?", schedule["rrule"]
        )


def test_templates_start_files_of_the_project_that_start_ours(tasks, root):
    for template in tasks["job_template"]:
        [play] = yaml.safe_load((root / "docs/examples/awx/project" / template["playbook"]).read_text(encoding="utf-8"))
        imported = play["ansible.builtin.import_playbook"]
        assert imported == f"pve.drs.{template['playbook'].removesuffix('.yml')}"
        assert (root / "playbooks" / template["playbook"]).is_file()


def test_the_image_gets_the_archive_and_versions_that_are_supported(root):
    file = root / "docs/examples/execution-environment/execution-environment.yml"
    image = yaml.safe_load(file.read_text(encoding="utf-8"))
    [archive], [collection] = image["additional_build_files"], image["dependencies"]["galaxy"]["collections"]
    assert collection == {"name": f"{archive['dest']}/{archive['src']}", "type": "file"}
    constraints = (root / "tests/utils/requirements/constraints.txt").read_text(encoding="utf-8")
    assert image["dependencies"]["ansible_core"]["package_pip"] in constraints.splitlines()
    runtime = yaml.safe_load((root / "meta/runtime.yml").read_text(encoding="utf-8"))
    assert runtime["requires_ansible"].removesuffix(".0") in image["dependencies"]["ansible_core"]["package_pip"]
