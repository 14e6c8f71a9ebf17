#!/bin/sh
# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

# Runs clients that other people wrote, unchanged, against the simulator. Needs pip and a package index; installs into a folder of
# its own. Usage: tests/conformance/other_clients.sh [PYTHON] [FOLDER]; PYTHON has the packages of simulator/requirements.txt.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3}
folder=${2:-$(mktemp -d)}
port=8046
unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE || true

mkdir -p "$folder"
test -x "$folder/venv/bin/pip" || "$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet ansible proxmoxer prometheus-pve-exporter
test -x "$folder/proxlb/bin/pip" || "$python" -m venv "$folder/proxlb"
"$folder/proxlb/bin/pip" install --quiet ProxLB

run=$folder/run
"$python" -m simulator demo --port $port --speed 60 --run-dir "$run" > "$folder/simulator.log" 2>&1 &
simulator=$!
exporter=
trap 'kill $simulator $exporter 2> /dev/null || true' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ^ready "$folder/simulator.log" && break
    sleep 1
done
grep ^ready "$folder/simulator.log"
secret=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["tokens"]["drs@pve!demo"])' "$run/connection.json")

cat > "$folder/play.yml" << PLAY
- hosts: localhost
  gather_facts: false
  module_defaults:
    group/community.proxmox.proxmox:
      api_host: 127.0.0.1
      api_port: $port
      api_user: drs@pve
      api_token_id: demo
      api_token_secret: $secret
      ca_path: $run/ca.pem
      validate_certs: true
  tasks:
    - community.proxmox.proxmox_node_info:
      register: nodes
    - community.proxmox.proxmox_vm_info: {config: current}
      register: guests
    - community.proxmox.proxmox_kvm: {vmid: 101, node: pve3, migrate: true, timeout: 60}
      register: moved
    - assert:
        that:
          - nodes.proxmox_nodes | length == 4
          - guests.proxmox_vms | length > 20
          - moved is changed
PLAY
"$folder/venv/bin/ansible-playbook" -i localhost, -c local -e "ansible_python_interpreter=$folder/venv/bin/python" \
    "$folder/play.yml"

cat > "$folder/inventory.proxmox.yml" << INVENTORY
plugin: community.proxmox.proxmox
url: https://127.0.0.1:$port
user: drs@pve
token_id: demo
token_secret: $secret
validate_certs: true
want_facts: true
INVENTORY
REQUESTS_CA_BUNDLE=$run/ca.pem "$folder/venv/bin/ansible-inventory" -i "$folder/inventory.proxmox.yml" --graph | grep shop-web1

cat > "$folder/exporter.yml" << EXPORTER
default: {user: drs@pve, token_name: demo, token_value: $secret, verify_ssl: true}
EXPORTER
REQUESTS_CA_BUNDLE=$run/ca.pem "$folder/venv/bin/pve_exporter" --config.file "$folder/exporter.yml" \
    --web.listen-address 127.0.0.1:9946 > "$folder/exporter.log" 2>&1 &
exporter=$!
sleep 3
curl --silent --fail "http://127.0.0.1:9946/pve?target=127.0.0.1:$port&cluster=1&node=1" | grep 'pve_guest_info{.*shop-web1'

cat > "$folder/proxlb.yaml" << PROXLB
proxmox_api: {hosts: ["127.0.0.1:$port"], user: drs@pve, token_id: demo, token_secret: "$secret", ssl_verification: true, timeout: 10}
balancing: {enable: true, live: true, method: memory, mode: used, balanciness: 10, balance_types: [vm, ct], with_local_disks: true}
service: {daemon: false, log_level: INFO}
PROXLB
REQUESTS_CA_BUNDLE=$run/ca.pem "$folder/proxlb/bin/python" -m proxlb -c "$folder/proxlb.yaml" 2>&1 | grep 'Starting to migrate'
echo "all other clients were served"
