#!/usr/bin/env bash
# Breaks the controls of the product on purpose, one at a time, in a copy of the tree, and asks the explorer to find each.
#
# A mutation is a patch in this folder. Its header says what control it removes, which checker has to speak (or `liveness`,
# or `crash`), and with which exit code. The unmutated tree has to pass the same seeds first. A mutation is caught when
# the lowest seed that fails does so by the word of that checker, and does so again alone. Ends with 1 when one survives, is
# caught by another checker, does not apply or does not compile. Needs the Rust toolchain, git and tar.
#
#   tests/mutations/run.sh                     all of them
#   tests/mutations/run.sh NAME...             these (without `.patch`)
#   tests/mutations/run.sh --tenth N           the N-th tenth of them, 0 to 9
#   tests/mutations/run.sh --seeds A..B        other seeds than 0..200
#   tests/mutations/run.sh --threads N         threads that share the seeds, 2 if not said
#   tests/mutations/run.sh --result FILE       the table to this file too
#
# MUTATIONS_FOLDER names a folder outside any repository for the copy and what is built of it, kept for the next time;
# otherwise both are made anew and removed at the end.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
seeds=0..200 threads=2 tenth='' result='' names=()

fail() {
    printf 'mutations: %s\n' "$*" >&2
    exit 1
}

while (($#)); do
    case $1 in
    --seeds | --threads | --tenth | --result)
        (($# > 1)) || fail "$1 needs a value"
        printf -v "${1#--}" '%s' "$2"
        shift 2
        ;;
    --*) fail "$1 is no option; see the head of $0" ;;
    *)
        names+=("$1")
        shift
        ;;
    esac
done

if ((${#names[@]} == 0)); then
    number=0
    for patch in "$here"/*.patch; do
        if [[ -z $tenth ]] || ((number % 10 == tenth)); then names+=("$(basename "$patch" .patch)"); fi
        number=$((number + 1))
    done
fi
((${#names[@]} > 0)) || fail 'no mutation is left to be run'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
folder=${MUTATIONS_FOLDER:-$scratch}
tree=$folder/tree
mkdir -p "$tree" "$scratch/fresh"
git -C "$root" ls-files -z --cached --others --exclude-standard |
    tar -C "$root" --null --ignore-failed-read -T - -cf - | tar -C "$scratch/fresh" -xf -
# A file that was there before stays as it is when it says the same: what was mutated last is newer than what was built of it.
(cd "$tree" && find . -type f -print0) | while IFS= read -r -d '' file; do
    [[ -f $scratch/fresh/$file ]] || rm "$tree/$file"
done
(cd "$scratch/fresh" && find . -type f -print0) | while IFS= read -r -d '' file; do
    cmp -s "$scratch/fresh/$file" "$tree/$file" && continue
    mkdir -p "$tree/${file%/*}"
    cp "$scratch/fresh/$file" "$tree/$file"
done
export CARGO_TARGET_DIR=$folder/target CARGO_INCREMENTAL=1
# The copy is no repository, and is not to be taken for a part of one.
export GIT_CEILING_DIRECTORIES=$folder
explore=$CARGO_TARGET_DIR/release/explore

build() {
    (cd "$tree" && cargo build --quiet --release --package hemostation-sim --bin explore) >"$scratch/built" 2>&1
}

# The value of a line of a patch's header.
header() {
    sed -n -e '/^diff --git /q' -e "s/^$1: //p" "$2"
}

# Who spoke: the checker of a broken law, or what else went wrong.
speaker() {
    case $1 in
    *': SAFETY '*) sed 's/^seed [0-9]*: SAFETY \([a-z]*\):.*/\1/' <<<"$1" ;;
    *': LIVENESS '*) echo liveness ;;
    *': CRASH '*) echo crash ;;
    esac
}

rows=() survived=0
row() {
    rows+=("| $1 | $2 | $3 | $4 | $5 |")
    printf '%-44s %-13s %-7s %6s s  %s\n' "$1" "$2" "$3" "$4" "$5"
}

survives() {
    survived=$((survived + 1))
    row "$1" "$2" - "$3" "$4"
}

# One mutation, already applied.
judge() {
    local name=$1 checker=$2 exit=$3 since=$SECONDS first seed code=0
    if ! build; then
        cat "$scratch/built" >&2
        survives "$name" "$checker" $((SECONDS - since)) 'DOES NOT COMPILE'
        return
    fi
    timeout 1800 "$explore" --seeds "$seeds" --threads "$threads" --until-failure >"$scratch/found" 2>&1 || true
    first=$(grep -m 1 -E '^seed [0-9]+: (SAFETY|LIVENESS|CRASH) ' "$scratch/found") || true
    if [[ -z $first ]]; then
        survives "$name" "$checker" $((SECONDS - since)) 'SURVIVES'
        return
    fi
    seed=${first#seed }
    seed=${seed%%:*}
    "$explore" --seed "$seed" >"$scratch/again" 2>&1 || code=$?
    if [[ $(speaker "$first") != "$checker" || $code != "$exit" ]]; then
        survives "$name" "$checker" $((SECONDS - since)) "SAID BY ANOTHER, exit code $code: $first"
        return
    fi
    row "$name" "$checker" "$seed" $((SECONDS - since)) "$(cut -c1-120 <<<"${first#*: * }")"
}

printf 'seeds %s, %s mutations\n' "$seeds" "${#names[@]}"
build || { cat "$scratch/built" >&2; fail 'the unmutated tree does not compile'; }
since=$SECONDS
"$explore" --seeds "$seeds" --threads "$threads" --until-failure >"$scratch/found" 2>&1 ||
    { tail -n 5 "$scratch/found" >&2; fail 'the unmutated tree does not pass these seeds'; }
row '(unmutated)' none none $((SECONDS - since)) 'passes every seed'

for name in "${names[@]}"; do
    patch=$here/$name.patch
    [[ -f $patch ]] || fail "there is no $patch"
    checker=$(header Checker "$patch") exit=$(header Exit "$patch")
    if ! (cd "$tree" && git apply "$patch"); then
        survives "$name" "$checker" 0 'DOES NOT APPLY'
        continue
    fi
    judge "$name" "$checker" "$exit"
    (cd "$tree" && git apply --reverse "$patch")
done

if [[ -n $result ]]; then
    {
        printf '| mutation | checker | seed | seconds | what it said |\n|---|---|---|---|---|\n'
        printf '%s\n' "${rows[@]}"
    } >"$result"
fi
((survived == 0)) || fail "$survived of ${#names[@]} survive"
printf 'all %s caught\n' "${#names[@]}"
