#!/bin/sh
# A scanner that types, on a kernel that makes keyboards (uinput): the running demonstration loses it and has it again, and a running
# draw goes on without it. Runs those tests of tests/tests/devices/pulled.rs that want such a kernel. Prints the result; ends with 1
# when something was not seen.
#
# What it needs, on Debian 12 on x86-64 as root (no ARM here: the keyboard is the same, and the programs are those of all tests):
#   apt-get install --no-install-recommends qemu-system-x86 cpio
#   apt-get download busybox-static linux-image-6.1.0-50-amd64-unsigned      unpacked with dpkg-deb -x below PI_FILES
. "$(dirname "$0")/machine.sh"
home=$(cd "$here/../.." && pwd)
root=$work/root
for folder in bin proc sys dev tmp mod lib64 test/debug/deps; do mkdir -p "$root/$folder"; done
cp "$(find "$files" -path '*bin/busybox' | head -n 1)" "$root/bin/busybox"
for applet in sh mount mkdir ifconfig insmod uname dmesg grep poweroff true cat sleep; do ln -s busybox "$root/bin/$applet"; done
kernel=$(find "$files" -name 'vmlinuz-*-amd64' | head -n 1)
for module in evdev uinput; do cp "$(find "$files" -name $module.ko)" "$root/mod/"; done
for library in /lib64/ld-linux-x86-64.so.2 /lib/x86_64-linux-gnu/libc.so.6 /lib/x86_64-linux-gnu/libgcc_s.so.1 \
  /lib/x86_64-linux-gnu/libm.so.6; do cp -L $library "$root/lib64/"; done
# The test builds its program before it uses it; there, cargo is `true`, and the program lies where it would have been built.
cd "$home"
cargo build --locked --workspace --bin hemostation --bin devices >&2
built=$(cargo test --locked --no-run -p hemostation-tests --test devices 2>&1 | sed -n 's/.*Executable.*(\(.*\))$/\1/p')
strip -o "$root/test/debug/deps/devices" "$built"
for program in hemostation devices; do strip -o "$root/test/debug/$program" "${built%/deps/*}/$program"; done
echo "$home" > "$root/sources"
cat > "$root/init" <<'INIT'
#!/bin/sh
mount -t proc none /proc; mount -t sysfs none /sys; mount -t devtmpfs none /dev; mount -t tmpfs none /tmp
mkdir /dev/pts; mount -t devpts none /dev/pts; ifconfig lo 127.0.0.1 up
# Where the tests expect the sources, to run cargo there; only now, as they may lie below /tmp.
mkdir -p "$(cat /sources)"
echo "### kernel $(uname -r)"
export HOME=/tmp CARGO=/bin/true LD_LIBRARY_PATH=/lib64 RUST_BACKTRACE=1
echo "without: $(/test/debug/devices --dir /tmp/site --scanner keyboard 2>&1)"
insmod /mod/evdev.ko; insmod /mod/uinput.ko
/test/debug/deps/devices --ignored --test-threads=1 2>&1
dmesg | grep 'input: '
echo "### end $(cat /proc/uptime)"; sleep 1; poweroff -f
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) > "$work/root.gz"
boot 900 qemu-system-x86_64 -M q35 -cpu max -smp 2 -m 2048 -nic none -kernel "$kernel" -append "console=ttyS0 rdinit=/init quiet" \
  -serial stdio || all=1
echo "## a scanner that types, $(sed -n 's/^### kernel /kernel /p' "$work/said"), uinput, QEMU q35, $(date -u +%F)"
echo
saw "without the module the simulated devices say what to do" 'modprobe uinput'
saw "the kernel has a keyboard of the simulator's" 'input: Hemostation simulated scanner, bed 1'
saw "pulled: told as lost; plugged in: well again" 'a_scanner_that_types_is_pulled_and_replugged \.\.\. ok'
saw "pulled while blood flows: M05, the device marked, the draw goes on; plugged in: over, the same donation ends" \
  'a_scanner_that_types_pulled_in_mid_draw_is_told_and_the_same_draw_goes_on \.\.\. ok'
if [ -n "${PI_SHOW:-}" ]; then cat "$work/said"; fi
exit $all
