#!/bin/sh
# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

# Boots a systemd in a throwaway copy of this machine's root: nothing that happens in it outlives it, and DIR is empty again.
# It shares the network, so that a simulator on loopback can be reached. Needs root and systemd-nspawn.
#
#   sh boot.sh DIR

set -eu
exec unshare --mount --propagation private -- sh -euc '
  mount -t tmpfs tmpfs "$1"; mkdir "$1/upper" "$1/work" "$1/root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
  exec systemd-nspawn --quiet --directory="$1/root" --boot --machine="drs-test-$$" --register=no \
    --keep-unit --console=pipe -- --unit=basic.target
' sh "$1"
