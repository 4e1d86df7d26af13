// Catch2's main between MPI's beginning and end. Every rank goes through the same test cases.
#define CATCH_CONFIG_RUNNER
#include "sweep/mpi/ranks.hpp"

namespace {
pstar::Mpi* all = nullptr;
}

pstar::Mpi& ranks() {
    return *all;
}

int main(int count, char** words) {
    pstar::Mpi mpi(count, words);
    all = &mpi;
    return Catch::Session().run(count, words);
}
