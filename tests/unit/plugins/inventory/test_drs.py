# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The inventory as ansible-inventory shows it, from a simulated cluster over HTTPS."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from simulator.scenario import load_world
from simulator.server import Settings, running

TOKEN = "drs@pve!demo"


@pytest.fixture(scope="module")
def demo():
    """Serve the shipped demonstration cluster."""
    with running(load_world("demo"), Settings(port=0, speed=0.0, login_delay_seconds=0.0)) as simulator:
        yield simulator


@pytest.fixture
def source(demo, tmp_path):
    """Write an inventory source; options are laid over those that reach the demonstration cluster."""

    def write(file="demo.drs.yml", without=(), **options):
        connection = demo.connection
        given = {
            "plugin": "pve.drs.drs",
            "api_host": [node["host"] for node in connection["nodes"].values()],
            "api_port": connection["nodes"]["pve1"]["port"],
            "api_token_id": TOKEN,
            "api_token_secret": connection["tokens"][TOKEN],
            "ca_path": connection["ca_path"],
        } | options
        path = tmp_path / file
        path.write_text(yaml.safe_dump({name: given[name] for name in given if name not in without}), encoding="utf-8")
        return path

    return write


@pytest.fixture
def ansible_inventory(collections_path):
    """Run ansible-inventory on a source; returns the finished process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROXMOX_", "ANSIBLE_"))}
    environment = kept | {"ANSIBLE_COLLECTIONS_PATH": str(collections_path), "ANSIBLE_NOCOLOR": "true"}
    environment["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "true"

    def run(path, *arguments, **more):
        command = [
            str(Path(sys.executable).with_name("ansible-inventory")),
            "-i",
            str(path),
            *(arguments or ("--list",)),
        ]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=environment | more)

    return run


@pytest.fixture
def listed(source, ansible_inventory):
    """Tell the inventory as data."""

    def read(**options):
        done = ansible_inventory(source(**options))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout, object_hook=plain)

    return read


def plain(value):
    """What came from the cluster is marked as text that is never taken for a template."""
    return value.get("__ansible_unsafe", value)


def test_nodes_and_guests_are_hosts_in_groups(listed):
    inventory = listed()
    assert inventory["drs_nodes"]["hosts"] == ["pve1", "pve2", "pve3", "pve4"]
    assert "shop-web1" in inventory["drs_node_pve1"]["hosts"]
    assert "shop-web1" in inventory["drs_qemu"]["hosts"]
    assert "mail1" in inventory["drs_lxc"]["hosts"]
    assert "shop-db1" in inventory["drs_tag_drs_pin"]["hosts"]
    shop = ["shop-app1", "shop-app2", "shop-db1", "shop-web1", "shop-web2", "shop-web3", "shop-web4"]
    assert sorted(inventory["drs_pool_shop"]["hosts"]) == shop
    assert len(inventory["drs_cluster_demo"]["hosts"]) == len(inventory["_meta"]["hostvars"]) == 4 + 28
    assert "debian-template" not in inventory["_meta"]["hostvars"]


RULES = [{"name": "shop apart", "type": "separate", "guests": {"pool": "shop"}}]


def test_guests_are_grouped_by_rule(listed, tmp_path):
    given = listed(rules=RULES)["drs_rule_shop_apart"]["hosts"]
    assert "shop-web1" in given
    (tmp_path / "vars.yml").write_text(yaml.safe_dump({"drs_rules": RULES}), encoding="utf-8")
    assert listed(rules_file="vars.yml")["drs_rule_shop_apart"]["hosts"] == given


def test_rules_are_given_once(source, ansible_inventory, tmp_path):
    (tmp_path / "vars.yml").write_text("{}", encoding="utf-8")
    done = ansible_inventory(source(rules=RULES, rules_file="vars.yml"))
    assert done.returncode != 0
    assert "give either it or these" in done.stderr


def test_load_and_placement_are_variables(listed):
    known = listed()["_meta"]["hostvars"]
    assert known["shop-web1"]["drs_vmid"] == 101
    assert known["shop-web1"]["drs_node"] == "pve1"
    assert known["shop-web1"]["drs_demand_memory_bytes"] > 9 * 2**30
    assert known["pve1"]["drs_load_percent"]["memory"] > 80
    assert known["pve1"]["drs_cluster"]["name"] == "demo"
    assert known["pve1"]["drs_imbalance"]["memory"]["delta_percent"] > 50


def test_texts_of_the_cluster_are_no_templates(source, ansible_inventory):
    known = json.loads(ansible_inventory(source()).stdout)["_meta"]["hostvars"]
    assert known["shop-web1"]["drs_tags"] == [{"__ansible_unsafe": "web"}]


def test_constructed_options(listed):
    inventory = listed(
        strict=True,
        compose={"ansible_host": "inventory_hostname ~ '.example.com'"},
        groups={"short_of_memory": "drs_load_percent is defined and drs_load_percent.memory > 80"},
        keyed_groups=[{"key": "drs_status", "prefix": "status"}],
    )
    assert inventory["_meta"]["hostvars"]["dns1"]["ansible_host"] == "dns1.example.com"
    assert inventory["short_of_memory"]["hosts"] == ["pve1"]
    assert inventory["status_stopped"]["hosts"] == ["legacy"]


def test_a_wrong_expression_is_an_error_when_strict(source, ansible_inventory):
    done = ansible_inventory(source(strict=True, compose={"wrong": "no_such_variable + 1"}))
    assert done.returncode != 0
    assert "Could not set wrong for host pve1" in done.stderr


def test_hosts_and_names_can_be_chosen(listed):
    inventory = listed(hosts=["nodes"], host_prefix="demo-", group_prefix="")
    assert sorted(inventory["_meta"]["hostvars"]) == ["demo-pve1", "demo-pve2", "demo-pve3", "demo-pve4"]
    assert inventory["nodes"]["hosts"] == inventory["cluster_demo"]["hosts"]


def test_the_environment_stands_in(demo, source, ansible_inventory):
    path = source(without=("api_host", "api_token_secret"))
    variables = {"PROXMOX_HOST": "127.0.0.1,127.0.0.2", "PROXMOX_TOKEN_SECRET": demo.connection["tokens"][TOKEN]}
    done = ansible_inventory(path, "--graph", **variables)
    assert done.returncode == 0, done.stderr
    assert "@drs_nodes:" in done.stdout


def test_options_may_be_templates(demo, listed):
    host = listed(hosts=["nodes"], api_token_id="{{ 'drs@pve' ~ '!demo' }}")
    assert sorted(host["_meta"]["hostvars"]) == list(demo.connection["nodes"])


def test_the_cache_spares_the_cluster(demo, source, ansible_inventory, tmp_path):
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    path = source(**cache)
    first = ansible_inventory(path)
    asked = len(demo.log.entries())
    second = ansible_inventory(path)
    assert asked > 0
    assert len(demo.log.entries()) == asked
    assert second.stdout == first.stdout
    ansible_inventory(path, "--list", "--flush-cache")
    assert len(demo.log.entries()) > asked
    secret = demo.connection["tokens"][TOKEN]
    assert [file for file in (tmp_path / "cache").iterdir() if secret in file.read_text(encoding="utf-8")] == []


ERRORS = {
    "wrong secret": ({"api_token_secret": "0" * 36}, "does not accept the secret of API token drs@pve!demo"),
    "no privilege": ({"api_token_id": "drs@pve!weak"}, "drs@pve!weak lacks Sys.Audit on /"),
    "nobody answers": ({"api_port": 1}, "127.0.0.1:1 refuses the connection"),
    "no host": ({"without": ("api_host",)}, "api_host"),
    "no credentials": ({"without": ("api_token_id", "api_token_secret"), "api_user": "drs@pve"}, "no credentials"),
    "out of range": ({"api_timeout": 0}, "api_timeout is 0, but must be between 1 and 3600 seconds"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_says_what_is_wrong(name, demo, source, ansible_inventory):
    options, words = ERRORS[name]
    if name == "no privilege":
        options = options | {"api_token_secret": demo.connection["tokens"]["drs@pve!weak"]}
    done = ansible_inventory(source(**options))
    assert done.returncode != 0
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not any(secret in done.stderr for secret in demo.connection["tokens"].values())


def test_other_files_are_left_alone(source, ansible_inventory):
    done = ansible_inventory(source(file="demo.yml"), ANSIBLE_INVENTORY_ENABLED="pve.drs.drs")
    assert done.returncode != 0
    assert "demo.yml" in done.stderr


def test_it_reads_only(demo, listed):
    listed()
    assert demo.log.writing() == []
