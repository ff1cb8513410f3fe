#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs test_can_dbc.py with a Python that can read DBC files, if there is one.

here=$(dirname "$0")
for python in python3 /usr/bin/python3; do
  for module in cantools canmatrix; do
    "$python" -W ignore -c "import $module" >/dev/null 2>&1 || continue
    # shellcheck disable=SC2093 # the first that has it
    exec "$python" -W ignore "$here/test_can_dbc.py" "$here/../../data/poweroptd.dbc" \
      tests/unit/can_codec_filter
  done
done
echo "SKIP: neither python3-cantools nor python3-canmatrix is installed"
exit 77
