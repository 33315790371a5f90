#!/bin/sh
# rppal on QEMU's Raspberry Pi 3B and 4B: the daemon opens the registers, its enable line is seen to pulse in the level register by another
# process, and `hemostation safe` drives its outputs after it was killed. Prints the result; ends with 1 when something was not seen.
# Inputs always read low in this emulation.
#
# The kernel: linux-image-6.1*-arm64 of Debian 12.
. "$(dirname "$0")/machine.sh"
program
kernel=$(find "$files" -name 'vmlinuz-6.1*-arm64' | head -n 1)
trees=$(find "$files" -type d -path '*linux-image-*/broadcom' | head -n 1)
cat > "$work/init" <<'INIT'
#!/bin/sh
mount -t proc none /proc; mount -t sysfs none /sys; mount -t devtmpfs none /dev; export HOME=/tmp
base=0x3f200000; grep -q 'Pi 4' /proc/device-tree/model && base=0xfe200000
level() { echo $(( ($(devmem $((base + 0x34)) 32) >> $1) & 1 )); }
echo "### model $(cat /proc/device-tree/model)"
hemostation run --config /tmp/station.toml --state /tmp/station > /tmp/log 2>&1 &
daemon=$!
sleep 12
for n in $(seq 60); do echo "pulse: $(level 24)"; done
echo "clamp: $(level 4)"
kill -9 $daemon; sleep 1
for n in 1 2 3; do echo "dead: $(level 24)"; done
devmem $((base + 0x1c)) 32 $((1 << 4)); echo "set by hand: clamp $(level 4)"
hemostation safe --state /tmp/station; echo "safe: rc $? clamp $(level 4) enable $(level 24)"
echo "### log"; cat /tmp/log
echo "### end $(cat /proc/uptime)"; sleep 1; poweroff -f
INIT
file_system "$work/init"
sed 's/^CHIP$/backend = "rppal"/' "$here/station.toml" > "$work/root/tmp/station.toml"
(cd "$work/root" && find . | cpio -o -H newc --quiet | gzip -1) > "$work/root.gz"
# What QEMU's Raspberry Pi 4 has not is switched off, else this kernel stops in it.
dtc -q -I dtb -O dts "$trees/bcm2711-rpi-4-b.dtb" > "$work/4.dts"
cp "$trees/bcm2711-rpi-4-b.dtb" "$work/4.dtb"
for node in $(grep -oE '(interrupt-controller|clock|hdmi|i2c)@7ef[0-9a-f]+' "$work/4.dts" | sort -u); do
  fdtput -t s "$work/4.dtb" "/soc/$node" status disabled
done
for path in /scb/pcie@7d500000 /scb/ethernet@7d580000 /gpu; do fdtput -t s "$work/4.dtb" "$path" status disabled; done
for board in 3 4; do
  if [ $board = 3 ]; then
    machine="-M raspi3b -dtb $trees/bcm2837-rpi-3-b.dtb -serial null -serial stdio" console="console=ttyS1,115200"
  else
    machine="-M raspi4b -dtb $work/4.dtb -serial stdio" console="console=ttyS1,115200 console=ttyAMA0,115200"
  fi
  # shellcheck disable=SC2086
  boot 240 qemu-system-aarch64 $machine -kernel "$kernel" -append "$console rdinit=/init iomem=relaxed quiet" || all=1
  echo "## rppal, QEMU raspi${board}b ($(grep -o 'Raspberry Pi [34] Model [^[]*' "$work/said" | head -n 1)), $(date -u +%F)"
  echo
  saw "the daemon's enable line is low at times" '^pulse: 0'
  saw "and high at times: it pulses" '^pulse: 1'
  saw "the clamp's output is low" '^clamp: 0'
  saw "a clamp that stays driven after a crash (set by hand here)" '^set by hand: clamp 1'
  saw "is closed by hemostation safe" '^safe: rc 0 clamp 0 enable 0'
  echo
  if [ -n "${PI_SHOW:-}" ]; then cat "$work/said"; fi
done
exit $all
