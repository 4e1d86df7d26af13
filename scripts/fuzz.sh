#!/usr/bin/env bash
# Builds the fuzz targets with clang, libFuzzer and sanitizers, and runs each for a while.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'TEXT'
Usage: scripts/fuzz.sh [--jobs N] [SECONDS] [TARGET...]

Runs each fuzz target of tests/fuzz (or those named) for SECONDS (30), from its corpus and from what earlier runs found
(build/fuzz/corpus). Prints a row for each: executions, and what was found. An input that breaks a target is kept in
build/fuzz/findings/. Ends with 1 if there is one. N targets run at a time (one per core); on two cores
`scripts/fuzz.sh 7200` takes a night.

    scripts/fuzz.sh 60 csv npy
    build/fuzz/tests/fuzz/fuzz_csv build/fuzz/findings/csv-crash-...    # runs one input again
TEXT
}

case "${1:-}" in --help | -h) usage; exit 0 ;; esac
jobs=$(nproc)
if [[ ${1:-} == --jobs ]]; then
    jobs=${2:-}
    [[ $jobs =~ ^[1-9][0-9]*$ ]] || { usage >&2; echo "fuzz: --jobs '$jobs' is not a number of at least 1" >&2; exit 2; }
    shift 2
fi
seconds=${1:-30}
[[ $seconds =~ ^[0-9]+$ ]] || { usage >&2; echo "fuzz: '$seconds' is not a number of seconds" >&2; exit 2; }
shift || true

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --parallel "$(nproc)" >&2
programs=build/fuzz/tests/fuzz
targets=("$@")
if ((${#targets[@]} == 0)); then
    for program in "$programs"/fuzz_*; do [[ -x $program && -f $program ]] && targets+=("${program##*/fuzz_}"); done
fi
for target in "${targets[@]}"; do
    [[ -x $programs/fuzz_$target ]] || {
        echo "fuzz: there is no target '$target'; there are:" "$programs"/fuzz_* | sed "s|$programs/fuzz_||g" >&2
        exit 2
    }
done
findings=build/fuzz/findings
mkdir -p "$findings" build/fuzz/logs

run_one() {
    local target=$1
    mkdir -p "build/fuzz/corpus/$target"
    "$programs/fuzz_$target" -max_total_time="$seconds" -max_len=4096 -timeout=25 -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="$findings/$target-" "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target" \
        >"build/fuzz/logs/$target.txt" 2>&1 || true
}
export -f run_one
export seconds programs findings
touch build/fuzz/started
printf '%s\n' "${targets[@]}" | OPENBLAS_NUM_THREADS=1 xargs -P "$jobs" -I{} bash -c 'run_one {}'

found=0
printf '%-14s %12s  %s\n' target executions findings
for target in "${targets[@]}"; do
    log=build/fuzz/logs/$target.txt
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    inputs=$(find "$findings" -name "$target-*" -newer build/fuzz/started | sort | tr '\n' ' ')
    if [[ -n $inputs || -z $executions ]]; then
        found=1
        grep -m 1 -E 'fuzz: must hold|ERROR|runtime error|what\(\)' "$log" >&2 || tail -n 5 "$log" >&2
    fi
    printf '%-14s %12s  %s\n' "$target" "${executions:-none}" "${inputs:-none}"
done
exit "$found"
