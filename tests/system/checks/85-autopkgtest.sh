# SPDX-License-Identifier: MIT
#
# The package's own test for a whole machine.

need_program poweroptd poweroptsim
dpkg-query -W poweroptd >/dev/null 2>&1 || skip "the project was not installed as a package"

leave() { systemctl stop poweroptd; }
on_exit leave
systemctl enable --now poweroptd
while read -r line; do
  echo "$line"
  case $line in [a-z]*' '*) step "$line" ;; esac
done < <("$LAB/autopkgtest/service" 2>&1; echo "status=$?") >/tmp/autopkgtest
cat /tmp/autopkgtest
expect status=0 "$(tail -n 1 /tmp/autopkgtest)" "its end"
