#!/bin/sh
# Builds `hemostation` for 64-bit ARM, replays the golden journal with it under QEMU, and writes what came of it to
# tests/arm64/RESULT.md. Ends with 1 when the orders or their hash are not those that x86-64 gave.
#
# What it needs, on Debian 12 as root:
#   dpkg --add-architecture arm64 && apt-get update
#   apt-get install --no-install-recommends gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross \
#     qemu-user-static rustc-web cargo-web libstd-rust-web-dev:arm64
# ARM64_CARGO, ARM64_RUSTC and ARM64_RUN name other tools than these. On an ARM machine ARM64_RUN is `env`.
set -eu
cd "$(dirname "$0")/../.."
target=aarch64-unknown-linux-gnu
cargo=${ARM64_CARGO:-/usr/bin/cargo}
run=${ARM64_RUN:-qemu-aarch64-static}
RUSTC=${ARM64_RUSTC:-/usr/bin/rustc}
CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=${ARM64_LINKER:-aarch64-linux-gnu-gcc}
export RUSTC CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER

"$cargo" build --locked --target "$target" -p hemostation-controller --bin hemostation
program=${CARGO_TARGET_DIR:-target}/$target/debug/hemostation

state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
cp -r tests/golden/journal "$state/journal"
chmod -R go= "$state"
wanted=$(cat tests/golden/replay.json)
found=$(timeout 600 "$run" "$program" journal replay --state "$state" --json || true)

if [ "$found" = "$wanted" ]; then verdict="the same"; else verdict="NOT THE SAME"; fi
{
  echo "# The golden journal on 64-bit ARM"
  echo
  echo "Written by \`tests/arm64/replay.sh\`: the journal in \`tests/golden\`, made on x86-64, replayed by a debug build for"
  echo "\`$target\`, run by \`$run\` on $(uname -m). Not measured on a Raspberry Pi."
  echo
  echo "- compiler: $("$RUSTC" --version)"
  echo "- verdict: **$verdict**"
  echo "- x86-64: \`$wanted\`"
  echo "- ARM: \`$found\`"
} > tests/arm64/RESULT.md
cat tests/arm64/RESULT.md
[ "$verdict" = "the same" ]
