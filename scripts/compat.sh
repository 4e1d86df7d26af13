#!/usr/bin/env bash
# Builds pstar and runs tests with other compilers, BLAS libraries, versions of MPI and releases of Debian.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'TEXT'
Usage: scripts/compat.sh [--install] [--list] [CASE...]

Builds a part of the tests in each case (or those named) and runs it: products and factorisations on each BLAS, all of core,
nn and sweep with each compiler and release. Prints a row per case; the logs are in build/compat/.

  --install   installs what a case needs, with apt-get (as root; the releases of Debian are installed by debootstrap below
              build/compat/, about 2 GB each)
  --list      the cases

    scripts/compat.sh openblas-openmp blis
    sudo scripts/compat.sh --install trixie sid
TEXT
}

# case, packages of Debian, what it is
cases=(
    "openblas-pthread|libopenblas0-pthread libopenblas-pthread-dev|OpenBLAS on its own threads"
    "openblas-openmp|libopenblas0-openmp libopenblas-openmp-dev|OpenBLAS on OpenMP"
    "openblas-serial|libopenblas0-serial libopenblas-serial-dev|OpenBLAS without threads"
    "openblas-static|libopenblas-pthread-dev|OpenBLAS linked statically (BLA_STATIC)"
    "openblas-64|libopenblas64-pthread-dev|OpenBLAS with 64-bit integers: must be refused with a sentence"
    "reference|libblas-dev liblapack-dev|the reference BLAS and LAPACK (BLA_VENDOR=Generic)"
    "blis|libblis-dev libblis-pthread-dev liblapack-dev|BLIS with the reference LAPACK (BLA_VENDOR=FLAME)"
    "plain|g++|g++ with plain -O2, for any x86-64 processor"
    "clang|clang|clang++"
    "libc++|clang-19 libc++-19-dev libc++abi-19-dev|clang++ 19 with its libc++: the tour (libc++ 14 has not all of C++20)"
    "mpich|mpich libmpich-dev|MPICH in place of Open MPI"
    "trixie|debootstrap|Debian 13: its compiler, Catch2 3, Open MPI 5"
    "sid|debootstrap|Debian's newest: Eigen 5, the newest compilers, xtensor and Open MPI"
)

install=0
wanted=()
for word in "$@"; do
    case "$word" in
        --install) install=1 ;;
        --list) for row in "${cases[@]}"; do IFS='|' read -r name _ what <<<"$row"; printf '%-18s %s\n' "$name" "$what"; done; exit 0 ;;
        --run) break ;;
        --help | -h) usage; exit 0 ;;
        -*) usage >&2; echo "compat: unknown option '$word'" >&2; exit 2 ;;
        *) wanted+=("$word") ;;
    esac
done
for name in "${wanted[@]}"; do
    [[ $(printf '%s\n' "${cases[@]}") == *"$name|"* ]] || { echo "compat: there is no case '$name'; see --list" >&2; exit 2; }
done

out=$PWD/build/compat
libraries=/usr/lib/$(uname -m)-linux-gnu
mkdir -p "$out"

# build NAME FLAG...: configures build/compat/NAME with the flags and builds the targets in $targets.
build() {
    local folder=$out/$1
    shift
    cmake -S . -B "$folder" -G Ninja -D CMAKE_BUILD_TYPE=Release -D PSTAR_NATIVE=ON -D PSTAR_UNITY=ON -D PSTAR_WERROR=OFF \
        -D PSTAR_BUILD_BENCHMARKS=OFF -D PSTAR_BUILD_EXAMPLES=OFF -D PSTAR_INSTALL=OFF "$@"
    cmake --build "$folder" --parallel 2 --target "${targets[@]}"
}
run_tests() {
    local folder=$1 target
    shift
    for target in "${targets[@]}"; do
        case $target in
            test_mpi) "$@" ctest --test-dir "$folder" -L "^mpi\$" --output-on-failure ;;
            test_mpi_leaving) ;;  # which those start
            *) "$@" "$folder/tests/$target" ;;
        esac
    done
}

# What depends on the BLAS: one build, linked again for each.
on_blas() {
    local variable=$1 value=$2 path=${3:-}
    targets=(test_core test_spectrum test_ntk)
    rm -f "$out/blas/CMakeCache.txt"
    build blas -D PSTAR_MPI=OFF "-D$variable=$value"
    run_tests "$out/blas" env LD_LIBRARY_PATH="$path" OPENBLAS_NUM_THREADS=2 OMP_NUM_THREADS=2
}

# A release of Debian of its own, with this folder as /pstar.
in_release() {
    local root=$out/$1
    if [[ ! -x $root/usr/bin/env ]]; then
        debootstrap --variant=minbase "$1" "$root" http://deb.debian.org/debian
        printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"  # start no service
        chmod +x "$root/usr/sbin/policy-rc.d"
    fi
    mkdir -p "$root/pstar"
    unshare --mount bash -euc '
        mount -t proc none "$1/proc"
        mount --rbind /sys "$1/sys"
        mount --bind . "$1/pstar"
        chroot "$1" /bin/bash -euc "
            cd /pstar
            scripts/setup.sh
            export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
            g++ --version | head -n 1
            dpkg-query -W libeigen3-dev libxtensor-dev catch2 openmpi-bin libopenblas-dev libtbb-dev
            scripts/compat.sh --run inside-$2"' in_release "$root" "$1"
}

run_case() {
    case $1 in
        openblas-pthread | openblas-openmp | openblas-serial)
            on_blas CBLAS_LIBRARY "$libraries/$1/libopenblas.so" "$libraries/$1" ;;
        openblas-static) on_blas BLA_STATIC ON ;;
        openblas-64)
            on_blas CBLAS_LIBRARY "$libraries/openblas64-pthread/libopenblas64.so" "$libraries/openblas64-pthread" | tee "$out/wide.txt" || true
            grep -m 1 "takes 64-bit integers" "$out/wide.txt"
            ! grep -q "All tests passed" "$out/wide.txt" ;;
        reference) on_blas BLA_VENDOR Generic "$libraries/blas:$libraries/lapack" ;;  # which alternatives may hide
        blis) on_blas BLA_VENDOR FLAME "$libraries/lapack" ;;
        plain)
            targets=(test_core test_nn test_margin test_instruction_sets)
            build plain -D PSTAR_NATIVE=OFF -D PSTAR_MPI=OFF -D CMAKE_CXX_FLAGS_RELEASE=-O2
            run_tests "$out/plain" env ;;
        clang)
            targets=(test_core test_nn test_sweep test_spectrum)
            build clang -D PSTAR_MPI=OFF -D CMAKE_CXX_COMPILER=clang++
            run_tests "$out/clang" env ;;
        libc++)
            clang++-19 -std=c++20 -stdlib=libc++ -O2 -Iinclude -isystem /usr/include/eigen3 examples/tour.cpp -o "$out/tour" \
                -lopenblas -ltbb -lz
            "$out/tour" ;;
        mpich)
            targets=(test_mpi test_mpi_leaving)
            build mpich -D PSTAR_MPI=ON -D MPI_CXX_COMPILER=mpicxx.mpich -D MPIEXEC_EXECUTABLE="$(command -v mpiexec.mpich)"
            run_tests "$out/mpich" env ;;
        trixie | sid) in_release "$1" ;;
        inside-*)  # of a release: called there
            targets=(test_core test_nn test_sweep test_spectrum test_io test_mpi test_mpi_leaving)
            build "$1" -D PSTAR_MPI=ON
            run_tests "$out/$1" env ;;
    esac
}

missing_packages() {
    local package
    for package in "$@"; do
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
    done
}

if [[ ${1:-} == --run ]]; then  # one case alone: a shell of its own ends at the first command that fails
    run_case "$2"
    exit
fi
failed=0
printf '%-18s %-9s %s\n' case result what
for row in "${cases[@]}"; do
    IFS='|' read -r name packages what <<<"$row"
    if ((${#wanted[@]})) && [[ " ${wanted[*]} " != *" $name "* ]]; then continue; fi
    read -ra needed <<<"$packages"
    mapfile -t missing < <(missing_packages "${needed[@]}")
    if ((${#missing[@]} && install)); then
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >"$out/apt.log" 2>&1 || true
        mapfile -t missing < <(missing_packages "${needed[@]}")
    fi
    if ((${#missing[@]})); then
        printf '%-18s %-9s %s\n' "$name" "left out" "needs ${missing[*]}"
        continue
    fi
    if [[ $name == trixie || $name == sid ]] && ((EUID != 0)); then
        printf '%-18s %-9s %s\n' "$name" "left out" "needs root"
        continue
    fi
    if scripts/compat.sh --run "$name" >"$out/$name.log" 2>&1; then
        printf '%-18s %-9s %s\n' "$name" passed "$what"
    else
        failed=1
        printf '%-18s %-9s %s\n' "$name" FAILED "$what: $out/$name.log"
    fi
done
exit "$failed"
