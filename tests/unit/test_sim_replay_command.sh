#!/bin/sh
# SPDX-License-Identifier: MIT
# `poweroptsim replay` as a user meets it. Runs in the build directory.

sim=$PWD/poweroptsim
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
status=0

fail() {
  echo "FAIL: $*"
  status=1
}

# expect STATUS TEXT COMMAND...: the exit status, and a text that stderr must have ("": nothing).
expect() {
  want=$1 text=$2
  shift 2
  "$@" >out 2>err
  got=$?
  [ $got -eq "$want" ] || fail "'$*' ended with $got instead of $want: $(cat err)"
  if [ -n "$text" ]; then
    grep -qF -e "$text" err || fail "'$*' did not say '$text' but: $(cat err)"
  elif [ -s err ]; then
    fail "'$*' said: $(cat err)"
  fi
}

# A house with a cycling hob on L1, an oven on L2, and something that is too much for a while.
awk 'BEGIN {
  print "t,l1,l2,l3"
  for (t = 0; t < 3600; t++)
    printf "%d,%.2f,%.2f,%.2f\n", t, 2 + (t > 600 && t % 60 < 20 ? 9 : 0),
      1.5 + (t > 1200 && t < 2400 ? 10.5 : 0) + (t > 1500 && t < 1900 ? 8 : 0), 0.75
}' >house.csv

# The figures, once more, from the rows that it writes.
figures() {
  awk -F, -v limit="$1" -v max="$2" -v phases="$3" '
    NR == 1 { next }
    {
      worst = -1e9; most = -1e9
      for (p = 0; p < phases; p++) {
        total = $(6 + p); house = $(2 + p)
        if (total > worst) worst = total
        if (house > most) most = house
        heat[p] += (total / limit) ^ 2 - 1.13 ^ 2
        if (heat[p] < 0) heat[p] = 0
        if (heat[p] > heat_max) heat_max = heat[p]
      }
      if (worst - limit > excess) excess = worst - limit
      run = worst > limit + 0.5 ? run + 1 : 0
      if (run > 0) over++
      if (run > longest) longest = run
      ev += $5 / 3600
      free = limit - most; if (free > max) free = max
      if (free >= 6) optimum += free / 3600
      if (NR > 2 && ($9 - offered > 0.09 || offered - $9 > 0.09)) changes++
      if (NR > 2 && offered > 0 && $9 == 0) pauses++
      offered = $9
    }
    END { printf "%d %d %.2f %.2f %.1f %.1f %d %d\n", over, longest, excess, heat_max, ev, optimum,
      pauses, changes }' "$4"
}

printed() {
  tr -d '{}" ' <"$1" | tr ',' '\n' | awk -F: '{ v[$1] = $2; keys = keys " " $1 }
    END { if (keys != " over_s longest_s max_A I2t EV_Ah optimum_Ah pauses setpoint_changes")
        print "other keys:" keys
      printf "%d %d %.2f %.2f %.1f %.1f %d %d\n", v["over_s"], v["longest_s"], v["max_A"], v["I2t"],
      v["EV_Ah"], v["optimum_Ah"], v["pauses"], v["setpoint_changes"] }'
}

# ---- the figures are those of the rows ----

for options in "--phases=3 --limit=25 --max=16" "--phases=3 --limit=20 --max=32 --car=late" \
  "--phases=1 --limit=16 --max=16 --feedback --meter-lag=250ms" \
  "--phases=3 --limit=16 --max=16 --car=slow --meter-lag=5s"; do
  # shellcheck disable=SC2086 # options are words
  expect 0 "" "$sim" replay house.csv $options --csv=rows.csv --json
  mv out figures.json
  [ "$(wc -l <rows.csv)" -eq 3601 ] || fail "$options: not a row for each second"
  limit=${options#*--limit=} max=${options#*--max=} phases=${options#*--phases=}
  a=$(figures "${limit%% *}" "${max%% *}" "${phases%% *}" rows.csv)
  b=$(printed figures.json)
  [ "$a" = "$b" ] || fail "$options: the rows say $a, the figures $b"
done
[ "$(head -n 1 rows.csv)" = t,house1,house2,house3,ev,tot1,tot2,tot3,offered,state ] ||
  fail "the header of the rows"

# ---- the same again is the same ----

expect 0 "" "$sim" replay house.csv --csv=a.csv
grep -q '% (' out || fail "the summary does not tell the share of the optimum"
expect 0 "" "$sim" replay - --csv=b.csv <house.csv
cmp a.csv b.csv || fail "two replays of the same differ"
expect 0 "of the optimum" "$sim" replay house.csv --csv=-
cmp a.csv out || fail "on standard output it is another table"

# ---- settings ----

printf '[mains]\nlimit = 20\n[charger]\nmax_current = 10\n[meter]\nmodel = klefr-6924\n' >some.conf
expect 0 "" "$sim" replay house.csv --config=some.conf
grep -q 'one phase' out && grep -q 'main switch (20 A)' out && grep -q 'charger 10 A' out ||
  fail "the file does not count: $(cat out)"
expect 0 "" "$sim" replay house.csv --config=some.conf --limit=40 --max=32 --phases=3
grep -q 'three phases' out && grep -q 'main switch (40 A)' out && grep -q 'charger 32 A' out ||
  fail "the options do not win over the file: $(cat out)"
printf '[regulator]\nraise_delay = 5min\nsettle = 6s\n' >lazy.conf
"$sim" replay house.csv --json >quick.json
expect 0 "" "$sim" replay house.csv --limit=25 --max=16 --config=lazy.conf --json
[ "$(printed out | cut -d' ' -f5 | tr -d .)" -lt "$(printed quick.json | cut -d' ' -f5 | tr -d .)" ] ||
  fail "a raise_delay of 5min costs nothing"

# ---- wrong usage ----

expect 2 "TRACE.csv is missing" "$sim" replay
expect 2 "unexpected argument 'garden.csv'" "$sim" replay house.csv garden.csv
expect 2 "at most 1min" "$sim" replay house.csv --meter-lag=61s
expect 2 "time span" "$sim" replay house.csv --meter-lag=soon
expect 2 "--limit=5" "$sim" replay house.csv --limit=5
expect 2 "1 and 3" "$sim" replay house.csv --phases=2
expect 2 "no such car" "$sim" replay house.csv --car=flying
expect 2 "only one of" "$sim" replay house.csv --json --csv=-
expect 2 "only one of" "$sim" replay house.csv --svg=- --csv=-
expect 2 "add --limit" "$sim" replay house.csv --config=lazy.conf
printf '[charger]\nmin_current = 8\nphases = L2\n' >min.conf
expect 2 "min_current" "$sim" replay house.csv --limit=25 --max=7 --config=min.conf
expect 2 "L2" "$sim" replay house.csv --limit=25 --phases=1 --config=min.conf
expect 2 "at most 10s" "$sim" replay house.csv --poll=11s
expect 2 "must not be empty" "$sim" replay house.csv --csv=
expect 2 "poweroptsim replay: unrecognized option" "$sim" replay house.csv --lag=1s
expect 0 "" "$sim" replay --help
expect 0 "" "$sim" replay -h

# ---- files that are not as they should be ----

expect 1 "nowhere.csv" "$sim" replay nowhere.csv
expect 1 "nowhere.conf" "$sim" replay house.csv --config=nowhere.conf
printf 't,l1,l2,l3\n0,1,2,3\n1,1,2\n' >short.csv
expect 1 "short.csv:3: not four numbers" "$sim" replay short.csv
printf '[charger]\nmax_current = much\n' >bad.conf
expect 1 "bad.conf:2: [charger] max_current" "$sim" replay house.csv --config=bad.conf
printf 't,l1,l2,l3\n0,1,2,3\n9e8,1,2,3\n' >long.csv
expect 1 "longer than" "$sim" replay long.csv
expect 1 "nowhere/rows.csv cannot be written" "$sim" replay house.csv --csv=nowhere/rows.csv
if [ -w /dev/full ]; then
  expect 1 "/dev/full cannot be written: No space left" "$sim" replay house.csv --csv=/dev/full
  for option in --json --csv=- --help ""; do
    # shellcheck disable=SC2086 # no option is no word
    "$sim" replay house.csv $option >/dev/full 2>err
    [ $? -eq 1 ] && grep -q 'standard output cannot be written: No space' err ||
      fail "'$option' to a full disk: $(cat err)"
  done
fi

# ---- the picture ----

if command -v gnuplot >/dev/null; then
  expect 0 "" "$sim" replay house.csv --svg=house.svg --json
  tail -n 2 house.svg | grep -q '</svg>' || fail "the picture has no end"
  for text in 'house.csv: main switch 25 A' L1 L2 L3 overload paused; do
    grep -q "$text" house.svg || fail "the picture lacks '$text'"
  done
  [ "$(wc -c <house.svg)" -lt 1000000 ] || fail "the picture is too large"
  expect 0 "of the optimum" "$sim" replay house.csv --svg=-
  cmp house.svg out || fail "on standard output it is another picture"
  cp house.csv "it's <odd> & 'x'.csv"
  expect 0 "" "$sim" replay "it's <odd> & 'x'.csv" --svg=odd.svg
  [ -w /dev/full ] && expect 1 "no picture in /dev/full: No space left" \
    "$sim" replay house.csv --svg=/dev/full
  printf 't,l1,l2,l3\n0,1,2,3\n' >second.csv
  expect 0 "" "$sim" replay second.csv --svg=second.svg
fi
echo "of before" >none.svg
expect 1 "gnuplot is not installed" env PATH=/nowhere "$sim" replay house.csv --svg=none.svg
grep -q 'of the optimum' out || fail "without gnuplot there are no figures either"
[ "$(cat none.svg)" = "of before" ] || fail "without gnuplot the picture of before is gone"

exit $status
