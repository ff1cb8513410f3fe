#!/bin/sh
# SPDX-License-Identifier: MIT
# What the manual pages quote from the commissioning in doc/commissioning.md stands there.

here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# A quotation is a literal block after a comment with the name of that page; "..." leaves lines out.
for page in "$here"/man/*.[1-8]; do
  sed -n '/^\.\\" doc\/commissioning\.md/,/^\.Ed/{/^\./!p}' "$page" |
    sed -e '/^\\&\.\.\.$/d' -e 's/\\&//g' -e 's/\\e/\\/g' -e 's/\\-/-/g' >>"$work/quoted"
done
while IFS= read -r line; do
  grep -qxF -- "$line" "$here/doc/commissioning.md" || {
    echo "not in doc/commissioning.md: $line"
    status=1
  }
done <"$work/quoted"
echo "$(wc -l <"$work/quoted") lines are quoted"
[ -s "$work/quoted" ] || status=1
exit $status
