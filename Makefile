# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

# demo - watch a simulated cluster being relieved       test - everything that CI runs (S="units sanity" picks steps)
# lint - style, types, documentation, licences          format - rewrite the sources as the formatter wants them
# golden - rewrite tests/golden, then review the diff   bench - measure        docs - build the pages in docs/build
# faults - play the fault matrix and print it (ROWS="backup certificate" picks rows by words)
# scale - drs_facts and a dry run at NODES=8 GUESTS=400, with OPTIONS='{"method": "cpu"}' for both, BALANCE_OPTIONS for the latter
READY = sh tests/utils/environment.sh
QUIETLY = ANSIBLE_CALLBACK_RESULT_FORMAT=yaml ANSIBLE_COLLECTIONS_PATH=.venv/collections ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false
STEPS = .venv/bin/python tests/utils/steps.py

NODES = 8
GUESTS = 400
OPTIONS = {}
ROWS =
BALANCE_OPTIONS = {}

.PHONY: help demo test lint format golden bench faults scale docs clean
help: ; @sed -n 6,10p Makefile
demo: ; @$(READY) demo && $(QUIETLY) .venv/bin/ansible-playbook pve.drs.demo
test: ; @$(READY) test && $(STEPS) $(S)
lint: ; @$(READY) test && $(STEPS) ruff mypy lint docs-check license-check extra-checks changelog ansible-lint
format: ; @$(READY) test && .venv/bin/ruff format . && .venv/bin/ruff check --fix .
golden: ; @$(READY) unit && .venv/bin/python -m pytest -q -m golden --rewrite-golden tests
bench: ; @$(READY) unit && .venv/bin/python -m benchmarks.run
faults: ; @$(READY) unit && .venv/bin/python -m ansible_collections.pve.drs.tests.faults.show $(ROWS)
scale: ; @$(READY) demo && .venv/bin/python -m benchmarks.scale --nodes $(NODES) --guests $(GUESTS) --options '$(OPTIONS)' --balance-options '$(BALANCE_OPTIONS)'
docs: ; @$(READY) docs && $(STEPS) docs
clean: ; rm -rf .venv .nox .ansible docs/build tests/output
