#!/usr/bin/env bash
# Which lines of the library's headers the tests run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'TEXT'
Usage: scripts/coverage.sh [--html]

Builds the layers' tests with counters of executed lines (build/coverage), runs them, and prints a row per layer and the
headers with the least share of lines run. A line counts if any test ran it, in any instantiation. Takes a quarter of an
hour on two cores; needs gcovr (apt-get install gcovr).

  --html   also a page per header, build/coverage/html/index.html
TEXT
}

html=()
case "${1:-}" in
    --html) html=(--html-details build/coverage/html/index.html) ;;
    --help | -h) usage; exit 0 ;;
    "") ;;
    *) usage >&2; echo "coverage: unknown option '$1'" >&2; exit 2 ;;
esac
command -v gcovr >/dev/null || { echo "coverage: gcovr is not installed (apt-get install gcovr)" >&2; exit 1; }

cmake --preset coverage >/dev/null
cmake --build --preset coverage --target layer_tests --parallel 2
find build/coverage -name '*.gcda' -delete
# Not the studies: those that are killed on purpose leave counters that nobody can read.
find build/coverage/tests -maxdepth 1 -name 'test_*' -type f -executable | sort |
    xargs -P 2 -I{} bash -c '{} >{}.txt 2>&1 || { tail -n 40 {}.txt; exit 1; }' ||
    { echo "coverage: a test fails: its lines would count as tested" >&2; exit 1; }

if ((${#html[@]})); then mkdir -p build/coverage/html; fi
gcovr --root . --filter include/pstar/ --exclude-unreachable-branches --exclude-throw-branches \
    --gcov-ignore-parse-errors --csv build/coverage/headers.csv --print-summary "${html[@]}" build/coverage/tests >build/coverage/summary.txt

# filename,line_total,line_covered,line_percent,...
awk -F, '
NR > 1 {
    split($1, folder, "/")
    layer = folder[4] == "" ? "(umbrellas)" : folder[3]
    lines[layer] += $2; run[layer] += $3; all += $2; all_run += $3
    if ($2 >= 10) printf "%.4f,%s,%d,%d\n", $3 / $2, $1, $3, $2 > "build/coverage/shares.csv"
}
END {
    printf "| layer | lines run | of | share |\n|---|---|---|---|\n"
    for (layer in lines) printf "| %s | %d | %d | %.1f%% |\n", layer, run[layer], lines[layer], 100 * run[layer] / lines[layer] | "sort"
    close("sort")
    printf "| all | %d | %d | %.1f%% |\n\n", all_run, all, 100 * all_run / all
}' build/coverage/headers.csv
echo "The headers of ten lines and more with the least share:"
sort -t, -k1,1n build/coverage/shares.csv | awk -F, 'NR <= 10 { printf "%6.1f%%  %s (%d of %d)\n", 100 * $1, $2, $3, $4 }'
