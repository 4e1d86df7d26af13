#!/usr/bin/env bash
# check.sh PROGRAM [--update]: counts the instructions of the five hot kernels with Callgrind and compares them with
# counts.csv beside this file: more than a quarter above fails. Only the program's own instructions count, not those
# of the BLAS and the C library, whose versions differ from host to host.
set -euo pipefail

program=$1
counts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/counts.csv
bound=25 # percent: another compiler's code differs by a few

if ! command -v valgrind >/dev/null; then
    echo "instructions: left out; valgrind is not installed"
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 OPENBLAS_CORETYPE=Haswell

# own_and_other FILE: the instructions of the program itself and of all else. In Callgrind's format a line `ob=` names
# the object that the costs after it belong to; the line after `calls=` is the callee's share once more.
own_and_other() {
    awk -v program="$(basename "$program")" '
        /^ob=/ { id = $1; if (NF > 1) own[id] = $2 ~ ("/" program "$"); object = id; next }
        /^cob=/ { id = substr($1, 2); if (NF > 1) own[id] = $2 ~ ("/" program "$"); next }
        /^calls=/ { getline; next }
        /^[0-9+*-]/ { if (own[object]) mine += $2; else others += $2 }
        END { printf "%d %d\n", mine, others }' "$1"
}

worse=0
new="kernel,instructions"
printf '%-12s %14s %14s %9s %16s\n' kernel instructions before change "in libraries"
for kernel in corruption mlp_step conv_step rbm_step ntk; do
    valgrind --tool=callgrind --toggle-collect=counted --callgrind-out-file="$folder/$kernel" "$program" "$kernel" \
        >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
    read -r own other < <(own_and_other "$folder/$kernel")
    if ((own == 0)); then
        echo "instructions: Callgrind counted nothing of $kernel" >&2
        exit 1
    fi
    before=$(awk -F, -v kernel="$kernel" '$1 == kernel { print $2 }' "$counts" 2>/dev/null || true)
    change=$(awk -v a="${before:-$own}" -v b="$own" 'BEGIN { printf "%+.1f %%", 100 * (b / a - 1) }')
    printf '%-12s %14d %14s %9s %16d\n' "$kernel" "$own" "${before:-new}" "$change" "$other"
    if [[ -n $before ]] && ((own * 100 > before * (100 + bound))); then worse=1; fi
    new+=$'\n'"$kernel,$own"
done

if [[ ${2:-} == --update ]]; then
    echo "$new" >"$counts"
elif ((worse)); then
    echo "instructions: more than $bound % above counts.csv. If that is worth it: cmake --build build/release --target instruction_update" >&2
    exit 1
fi
