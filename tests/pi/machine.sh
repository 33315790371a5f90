# Sourced by the scripts beside it: the program for 64-bit ARM, a file system in memory, and QEMU with a limit. (typing_scanner.sh takes
# the limit alone, and says itself what it needs.)
#
# What it needs, on Debian 12 as root (qemu-system-arm from bookworm-backports, else there is no Raspberry Pi 4):
#   dpkg --add-architecture arm64 && apt-get update
#   apt-get install --no-install-recommends gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross rustc-web cargo-web \
#     libstd-rust-web-dev:arm64 qemu-system-arm libc6:arm64 libgcc-s1:arm64 cpio device-tree-compiler xz-utils
#   apt-get download busybox-static:arm64        unpacked with dpkg-deb -x below PI_FILES
# and the kernel that the script names, unpacked there too. PI_PROGRAM names a program that is built already.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
files=${PI_FILES:?a folder with the unpacked packages}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
target=aarch64-unknown-linux-gnu

program() {
  if [ -z "${PI_PROGRAM:-}" ]; then
    (cd "$here/../.." && RUSTC=/usr/bin/rustc CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
      /usr/bin/cargo build --locked --target $target -p hemostation-controller --bin hemostation) >&2
    PI_PROGRAM=$here/../../${CARGO_TARGET_DIR:-target}/$target/debug/hemostation
  fi
  aarch64-linux-gnu-strip -o "$work/hemostation" "$PI_PROGRAM"
}

# file_system INIT [MODULE.ko.xz...]: $work/root.gz, with the station's files and what INIT does.
file_system() {
  root=$work/root
  mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/config" "$root/mod" "$root/lib/aarch64-linux-gnu"
  cp "$(find "$files" -path '*bin/busybox' | head -n 1)" "$root/bin/busybox"
  for applet in sh mount seq mkdir ls cat echo poweroff insmod sleep uname grep devmem kill wc sort uniq; do
    ln -s busybox "$root/bin/$applet"
  done
  cp "$work/hemostation" "$root/bin/"
  cp "$here/station.toml" "$root/tmp/"
  cp "$1" "$root/init"
  chmod +x "$root/init"
  shift
  for module in "$@"; do xz -dc "$module" > "$root/mod/$(basename "${module%.xz}")"; done
  cp -L /lib/ld-linux-aarch64.so.1 "$root/lib/"
  for library in libc.so.6 libgcc_s.so.1 libm.so.6; do
    cp -L "/lib/aarch64-linux-gnu/$library" "$root/lib/aarch64-linux-gnu/"
  done
  (cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) > "$work/root.gz"
}

# boot SECONDS QEMU...: what the machine's console says, in $work/said; 1 when it did not come to its end.
boot() {
  left=$1
  shift
  "$@" -initrd "$work/root.gz" -display none -monitor none -no-reboot < /dev/null > "$work/raw" 2>&1 &
  machine=$!
  # A Raspberry Pi here does not end by itself.
  while [ "$left" -gt 0 ] && kill -0 $machine 2> /dev/null && ! grep -aq '### end' "$work/raw"; do
    sleep 1
    left=$((left - 1))
  done
  kill $machine 2> /dev/null || true
  wait $machine || true
  tr -d '\r\0' < "$work/raw" > "$work/said"
  grep -q '### end' "$work/said"
}

# saw WHAT PATTERN: one line of the result, and whether all is as wanted.
all=0
saw() {
  if grep -qE "$2" "$work/said"; then verdict=seen; else verdict='**NOT SEEN**' all=1; fi
  echo "- $1: $verdict"
}
