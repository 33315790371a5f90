#!/bin/sh
# gpiocdev on a kernel with gpio-sim: levels in reach the driver, outputs are seen outside the process, the lines are held by one
# process and given back when it is killed. Prints the result; ends with 1 when something was not seen.
#
# The kernel: linux-binary-unsigned-*-cloud-arm64 and linux-modules-*-cloud-arm64 of Debian trixie-backports (7.3 or newer).
. "$(dirname "$0")/machine.sh"
program
kernel=$(find "$files" -name vmlinuz.unsigned | head -n 1)
modules=$(find "$files" -name 'configfs.ko.xz' -o -name 'dev-sync-probe.ko.xz' -o -name 'gpio-sim.ko.xz' | sort)
cat > "$work/init" <<'INIT'
#!/bin/sh
mount -t proc none /proc; mount -t sysfs none /sys; mount -t devtmpfs none /dev; export HOME=/tmp
for module in configfs dev-sync-probe gpio-sim; do [ -f /mod/$module.ko ] && insmod /mod/$module.ko; done
mount -t configfs none /config
mkdir -p /config/gpio-sim/pi/bank0
echo 32 > /config/gpio-sim/pi/bank0/num_lines
echo pinctrl-bcm2711 > /config/gpio-sim/pi/bank0/label
echo 1 > /config/gpio-sim/pi/live
lines=/sys/devices/platform/$(cat /config/gpio-sim/pi/dev_name)/$(cat /config/gpio-sim/pi/bank0/chip_name)
level() { cat $lines/sim_gpio$1/value; }
pull() { echo pull-$2 > $lines/sim_gpio$1/pull; }
watch() { hemostation device $1 --config /tmp/station.toml --state /tmp/$2 --seconds $3 --json 2>&1 | while read -r line; do echo "$2: $line"; done; }
echo "### kernel $(uname -r)"
pull 2 up
watch bed1.panel button 8 &
sleep 4; pull 17 up; sleep 2; pull 17 down; sleep 4
hemostation run --config /tmp/station.toml --state /tmp/station > /tmp/log 2>&1 &
daemon=$!
sleep 6
for n in $(seq 60); do echo "pulse: $(level 24)"; done
echo "clamp: $(level 4)"
watch bed1.clamp held 3 > /tmp/held.out; cat /tmp/held.out
grep -q contacts /tmp/held.out || echo "held: nobody else"
kill -9 $daemon; sleep 1
echo "after: clamp $(level 4) enable $(level 24)"
watch bed1.clamp freed 4
for person in "9000 admin" "1001 nurse"; do
  echo 246813 | hemostation operator add ${person% *} --role ${person#* } --pin-stdin --state /tmp/open
done
echo 246813 | hemostation device bed1.clamp open --by 1001 --pin-stdin --seconds 30 --config /tmp/station.toml --state /tmp/open > /tmp/opening 2>&1 &
opening=$!
# Its switches follow it: the driver asks for that.
for n in $(seq 2000); do [ "$(level 4)" = 1 ] && break; done
pull 2 down; pull 3 up; sleep 3
kill -0 $opening && echo "open: clamp $(level 4)"
kill -9 $opening; sleep 1
echo "killed: clamp $(level 4) enable $(level 24)"
cat /tmp/opening
echo "### log"; cat /tmp/log
echo "### end $(cat /proc/uptime)"; sleep 1; poweroff -f
INIT
file_system "$work/init" $modules
sed 's/^CHIP$/backend = "gpiocdev"\nchip = "pinctrl-bcm2711"/' "$here/station.toml" > "$work/root/tmp/station.toml"
(cd "$work/root" && find . | cpio -o -H newc --quiet | gzip -1) > "$work/root.gz"
boot 240 qemu-system-aarch64 -M virt -nic none -cpu cortex-a72 -m 1024 -kernel "$kernel" -append "console=ttyAMA0 rdinit=/init quiet" -serial stdio || all=1
echo "## gpiocdev, $(sed -n 's/^### kernel /kernel /p' "$work/said"), gpio-sim, QEMU virt, $(date -u +%F)"
echo
saw "the emergency stop's level goes up and reaches the driver" 'button: .*emergency_stop.*true'
saw "and down again" 'button: .*emergency_stop.*false'
saw "the daemon's enable line is low at times" '^pulse: 0'
saw "and high at times: it pulses" '^pulse: 1'
saw "the clamp's output is low" '^clamp: 0'
saw "another process does not get the lines while the daemon has them" '^held: nobody else'
saw "after SIGKILL of the daemon, which held it closed, the clamp's line is low" '^after: clamp 0'
saw "and the lines are had by the next process" 'freed: .*contacts'
saw "a clamp held open by hemostation device: its line is high" '^open: clamp 1'
saw "and low after SIGKILL of that process" '^killed: clamp 0'
if [ -n "${PI_SHOW:-}" ]; then cat "$work/said"; fi
exit $all
