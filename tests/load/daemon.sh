#!/bin/sh
# What the whole daemon costs: `hemostation run` with eight beds, each scale a load cell's file with eighty weights a second, and two nurse
# terminals of 120 x 40. The devices, a scripted nurse and the BMS are another process, and every bed gives blood while it is measured.
#
#   cargo build --release --workspace && tests/load/daemon.sh [SECONDS]
#
# BIN names another folder of programs. Prints processor time and memory of the daemon's process alone, and what the machine had to spare:
# others' work makes it slower, not the time that it had itself. Needs script(1) of util-linux; about six minutes.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
bin=${BIN:-${CARGO_TARGET_DIR:-$here/target}/release}
seconds=${1:-60}
work=$(mktemp -d)
pids=
end() {
  for pid in $pids; do kill "$pid" 2> /dev/null || true; done
  wait 2> /dev/null || true
  rm -rf "$work"
}
trap end EXIT
trap 'exit 1' INT TERM

"$bin/devices" --dir "$work/site" --beds 8 --speed 1 --scale iio --nurse --donations 1000 > "$work/devices" 2>&1 &
pids=$!
until grep -q '^next:' "$work/devices" 2> /dev/null; do sleep 1; done
# The cells convert every 12 ms; a question every 12 ms is eighty a second and a few more.
sed -i 's/^protocol = "iio"$/protocol = "iio"\npoll_ms = 12/' "$work/site/station.toml"
"$bin/hemostation" run --config "$work/site/station.toml" --state "$work/site/state" > "$work/daemon" 2>&1 &
daemon=$!
pids="$daemon $pids"
socket=$work/site/state/control.sock
until [ -S "$socket" ]; do sleep 1; done
# Nobody types at the terminals.
mkfifo "$work/nobody"
exec 3<> "$work/nobody"
for terminal in 1 2; do
  script -qfc "stty cols 120 rows 40; exec '$bin/hemostation-tui' --socket '$socket'" "$work/screen$terminal" <&3 > /dev/null 2>&1 &
  pids="$pids $!"
done

drawing() { "$bin/hemostation" status --socket "$socket" --json 2> /dev/null | grep -o '"phase": *"draw"' | wc -l; }
left=600
until [ "$(drawing)" -eq 8 ]; do
  left=$((left - 5))
  if [ "$left" -lt 0 ]; then
    echo "only $(drawing) of 8 beds draw after ten minutes" >&2
    exit 1
  fi
  sleep 5
done

# Ticks of the daemon (user and system, all of its threads) and of the idle machine.
ticks() { awk '{ print $14 + $15 }' "/proc/$daemon/stat"; }
idle() { awk '$1 == "cpu" { print $5 }' /proc/stat; }
weights() { cat "$work"/site/state/journal/raw-*.jsonl | wc -c; }
hz=$(getconf CLK_TCK)
before=$(ticks) idle_before=$(idle) bytes=$(weights)
sleep "$seconds"
after=$(ticks) idle_after=$(idle) more=$(weights)
memory() { awk -v what="$1:" '$1 == what { printf "%.1f MiB", $2 / 1024 }' "/proc/$daemon/status"; }
echo "beds that draw:        $(drawing) of 8, two terminals ($(wc -c < "$work/screen1") and $(wc -c < "$work/screen2") bytes drawn)"
echo "processor time:        $(awk -v t=$((after - before)) -v hz="$hz" -v s="$seconds" 'BEGIN { printf "%.2f %% of one core", 100 * t / hz / s }')"
echo "memory now, at most:   $(memory VmRSS), $(memory VmHWM)"
echo "raw weights journaled: $(((more - bytes) / seconds)) bytes a second"
echo "the machine was idle:  $(awk -v t=$((idle_after - idle_before)) -v hz="$hz" -v s="$seconds" -v n="$(nproc)" 'BEGIN { printf "%.0f %%", 100 * t / hz / s / n }') of $(nproc) cores"
