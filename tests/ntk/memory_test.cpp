#include <pstar/data/synthetic.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/ntk/ntk_operator.hpp>

#include <algorithm>
#include <vector>

#include "catch.hpp"

// AddressSanitizer allocates in its own way.
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33) && !defined(__SANITIZE_ADDRESS__)
#include <malloc.h>

namespace memory_test {

using namespace pstar;

namespace {
std::size_t allocated() {
    const auto now = mallinfo2();
    return now.uordblks + now.hblkhd;
}
}  // namespace

TEST_CASE("a kernel's working memory stays within its budget beside the result") {
    // What is allocated is read whenever a score is asked for: while the kernel, the factors of one block, the tiles of
    // the last and a tape are held.
    const auto data = synthetic_digits({.train = 1, .test = 400, .seed = 3, .size = 12}).test;
    const auto net = mlp<float>({144, 60, 10}, Activation::relu, Seed{1});
    std::size_t peak = 0, calls = 0;
    const NtkScore score{.sweeps = 4, .cotangent = [&](const NtkImage&, std::size_t sweep, std::span<double> c) {
                             c[sweep] = 1;
                             peak = std::max(peak, allocated()), ++calls;
                         }};
    const std::size_t result = 1600 * 1600 * sizeof(double);
    std::vector<std::size_t> counts;
    for (const std::size_t memory : {std::size_t{5} << 20, std::size_t{6} << 20, std::size_t{64} << 20}) {
        peak = calls = 0;
        const auto before = allocated();
        const auto kernel = empirical_ntk(net, data, score, Identity{}, {.memory = memory});
        CHECK(peak - before <= result + memory);
        CHECK(peak - before >= result);  // or nothing was seen
        counts.push_back(calls);
    }
    CHECK(counts[2] == 1600);  // with enough, every factor is computed once
    CHECK(counts[0] > 1600);
    CHECK(counts[0] >= counts[1]);

    // Of the operator: parameters and their tangent in the network's precision, and vectors of 1,600 numbers.
    for (const std::size_t memory : {std::size_t{1} << 20, std::size_t{16} << 20}) {
        peak = 0;
        const auto before = allocated();
        const NtkOperator op(net, data, score, Identity{}, {.memory = memory});
        std::vector<double> x(1600, 1), y(1600);
        op.perform_op(x.data(), y.data());
        CHECK(op.keeps_passes() == (memory > std::size_t{1} << 20));
        CHECK(std::max(peak, allocated()) - before <=
              memory + 2 * net.parameters().size() * sizeof(float) + 4 * 1600 * sizeof(double));
    }
}

}  // namespace memory_test

#endif
