#!/usr/bin/env bash
# Installs what pstar needs to build, test and draw: with apt on Debian and Ubuntu; elsewhere it prints the list.
# Installs only what is missing; a second run does nothing.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/setup.sh [--benchmarks] [--developer] [--help]

Installs the packages that pstar's programs, tests and studies need, as far as they are missing
(Debian 12, Ubuntu 24.04 and later: apt-get, through sudo when not root). Elsewhere it prints the list.

  --benchmarks   also what the benchmarks compare against: PyTorch, scikit-learn and NumPy for Python 3
  --developer    also clang with its sanitizers, clang-format and clang-tidy; doxygen and graphviz for the reference
  --help         this text
TEXT
}

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

libraries=(
    libeigen3-dev libxtensor-dev libxtensor-blas-dev libopenblas-dev zlib1g-dev nlohmann-json3-dev libtbb-dev
    catch2 valgrind libbenchmark-dev libcli11-dev libfmt-dev librandom123-dev libspectra-dev fonts-dejavu-core
    libopenmpi-dev openmpi-bin
)
# A tool that is already there and new enough, from wherever, is left alone: command, least version, package.
tools=("g++ 12 g++" "cmake 3.25 cmake" "ninja 1.10 ninja-build" "make 4 make" "gnuplot 5.2 gnuplot-nox")

for option in "$@"; do
    case "$option" in
        --benchmarks) libraries+=(python3-torch python3-sklearn python3-numpy) ;;
        --developer) libraries+=(clang libclang-rt-dev clang-format clang-tidy doxygen graphviz) ;;
        --help | -h) usage; exit 0 ;;
        *) usage >&2; fail "unknown option '$option'" ;;
    esac
done

# new_enough COMMAND LEAST: true if COMMAND is on the PATH and says a version of at least LEAST.
new_enough() {
    local version
    command -v "$1" >/dev/null || return 1
    version=$("$1" --version 2>/dev/null | sed -nE '1s/^[^0-9]*([0-9]+(\.[0-9]+)*).*/\1/p')
    [[ -n $version && $(printf '%s\n%s\n' "$2" "$version" | sort -V | head -n 1) == "$2" ]]
}

missing_tools() {
    local command least package
    for tool in "${tools[@]}"; do
        read -r command least package <<<"$tool"
        new_enough "$command" "$least" || echo "$package"
    done
}

missing_libraries() {
    local package
    for package in "${libraries[@]}"; do
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
    done
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "no apt here. pstar needs these (the names are Debian's), by your package manager or conda-forge:"
    printf '  %s\n' "g++ >= 12 or clang++ >= 14" "cmake >= 3.25" "ninja-build" "make" "gnuplot-nox" "${libraries[@]}"
    say "cmake says which of them it does not find."
    exit 0
fi

mapfile -t missing < <(missing_tools; missing_libraries)
if ((${#missing[@]} == 0)); then
    say "everything is there already."
    exit 0
fi

as_root=()
if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "not root and no sudo here. As root, run: apt-get install ${missing[*]}"
    as_root=(sudo)
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)

say "installing with apt-get${as_root:+ (sudo)}: ${missing[*]}"
"${apt[@]}" -q update </dev/null || say "apt-get update failed; going on with the package lists that are here."
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null ||
    fail "apt-get could not install them all; see its message above."

for tool in "${tools[@]}"; do
    read -r command least package <<<"$tool"
    new_enough "$command" "$least" ||
        fail "this release's $package is older than $least, which pstar needs. Install a newer $command and run this again."
done
say "done."
