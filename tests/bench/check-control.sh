#!/bin/sh
# SPDX-License-Identifier: MIT
# The regulator on made-up houses must not do worse than the list says.

exec tests/bench/control check ./poweroptsim "${srcdir:-.}/tests/bench/control.expected"
