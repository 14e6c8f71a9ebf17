#!/bin/sh
# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

# Usage: environment.sh NAME
# Bring .venv up to tests/utils/requirements/NAME.txt and let its Ansible find this checkout as pve.drs.
# Does nothing when that was done before and no requirement changed since.

set -eu
cd "$(dirname "$0")/../.."

name=$1
requirements=tests/utils/requirements
python=.venv/bin/python
mark=.venv/ready-$name
# uv shall trust what pip trusts, also behind a company's proxy
[ -d /etc/ssl/certs ] && export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"

fail() {
  echo "environment: $*" >&2
  exit 1
}

is_recent() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' > /dev/null 2>&1
}

makes_environments() {
  "$1" -c 'import ensurepip, venv' > /dev/null 2>&1
}

find_uv() {
  command -v uv || { [ -x .venv/bin/uv ] && echo .venv/bin/uv; } || true
}

create() {
  found=
  for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3 /usr/bin/python3; do
    is_recent "$candidate" || continue
    found=$candidate
    makes_environments "$candidate" || continue
    "$candidate" -m venv --clear .venv
    return
  done
  if command -v uv > /dev/null; then
    uv venv --quiet --clear --seed --python "${found:-3.13}" .venv
    return
  fi
  [ -n "$found" ] || fail "Python 3.11 or newer is missing: apt-get install python3 python3-venv (or set PYTHON=...)"
  fail "$found cannot make virtual environments: apt-get install python3-venv"
}

install() {
  uv=$(find_uv)
  if [ -n "$uv" ]; then
    "$uv" pip install --quiet --python "$python" --constraint "$requirements/constraints.txt" -r "$requirements/$name.txt"
  else
    PIP_DISABLE_PIP_VERSION_CHECK=1 "$python" -m pip install -qq --constraint "$requirements/constraints.txt" -r "$requirements/$name.txt"
  fi
}

# site-packages is where Ansible looks without being told
link_collection() {
  packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  mkdir -p "$packages/ansible_collections/pve"
  ln -sfn "$PWD" "$packages/ansible_collections/pve/drs"
  ln -sfn "$packages" .venv/collections
}

wanted=$(cat "$requirements"/*.txt requirements.txt simulator/requirements.txt tests/unit/requirements.txt | cksum)

# a moved .venv is of no use: its commands name the old place
if [ "$(cat .venv/place 2> /dev/null)" = "$PWD" ] && is_recent "$python"; then
  [ "$(cat "$mark" 2> /dev/null)" = "$wanted" ] && exit 0
else
  create
  pwd > .venv/place
fi
echo "environment: preparing .venv for $name ($("$python" --version))"
install
link_collection
echo "$wanted" > "$mark"
