#include <pstar/core/detail/kernels/instruction_sets.hpp>
#include <pstar/core/detail/kernels/sum_kernels.hpp>
#include <pstar/core/detail/kernels/transpose_kernel.hpp>
#include <pstar/core/exp_lanes.hpp>
#include <pstar/core/philox.hpp>
#include <pstar/core/random.hpp>

#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "catch.hpp"
#include "instruction_sets.hpp"

namespace core_instruction_sets_test {

using namespace pstar;
using detail::InstructionSet;

namespace {

template <class Scalar>
std::vector<Scalar> random_values(std::size_t size) {
    RandomSequence next({Seed{5}});
    std::vector<Scalar> values(size);
    for (auto& v : values) v = static_cast<Scalar>(next.uniform(-20, 20));
    return values;
}

/// Whether `compute()` gives the same bits with every instruction set that has fused multiply-adds.
template <class Compute>
bool the_same_bits(const Compute& compute) {
    std::optional<decltype(compute())> first;
    bool same = true;
    for_each_instruction_set([&](InstructionSet set) {
        if (!fuses(set)) return;
        if (!first) first = compute();
        same = same && *first == compute();
    });
    return same;
}

}  // namespace

TEST_CASE("the set in use is one that the processor has, and the least is what the flags ask for") {
    CHECK(detail::instruction_set() == detail::best_instruction_set());
    CHECK(static_cast<int>(detail::best_instruction_set()) >= PSTAR_LEAST_SET);
    CHECK(detail::uses(InstructionSet::baseline));
}

TEMPLATE_TEST_CASE("functions and sums have the same bits with every instruction set", "", float, double) {
    for (const std::size_t size : {0, 1, 7, 16, 33, 500, 1000, 4099}) {
        CAPTURE(size);
        const auto x = random_values<TestType>(size);
        CHECK(the_same_bits([&] {
            auto y = x;
            simd::exp_in_place(y.data(), size);
            return y;
        }));
        CHECK(the_same_bits([&] {
            auto y = x;
            simd::logistic_in_place(y.data(), size);
            return y;
        }));
        CHECK(the_same_bits([&] { return simd::softplus_sum(x.data(), size); }));
        CHECK(the_same_bits([&] { return PSTAR_KERNEL(sum(x.data(), size)); }));
        CHECK(the_same_bits([&] { return PSTAR_KERNEL(dot(x.data(), x.data(), size)); }));
        CHECK(the_same_bits([&] { return PSTAR_KERNEL(squared_distance(x.data(), x.data() + size / 2, size / 2)); }));
    }
}

TEMPLATE_TEST_CASE("sums equal those of long double to rounding, with every instruction set", "", float, double) {
    for (const std::size_t size : {0, 1, 15, 16, 17, 1000}) {
        const auto x = random_values<TestType>(2 * size);
        const auto* const y = x.data() + size;
        long double sum = 0, dot = 0, squares = 0, size_of_sum = 0, size_of_dot = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const long double a = x[i], b = y[i];
            sum += a, dot += a * b, squares += (a - b) * (a - b);
            size_of_sum += std::abs(a), size_of_dot += std::abs(a * b);
        }
        const auto unit = static_cast<long double>(std::numeric_limits<TestType>::epsilon());
        for_each_instruction_set([&](InstructionSet) {
            CAPTURE(size);
            CHECK(std::abs(PSTAR_KERNEL(sum(x.data(), size)) - sum) <= 20 * unit * size_of_sum);
            CHECK(std::abs(PSTAR_KERNEL(dot(x.data(), y, size)) - dot) <= 20 * unit * size_of_dot);
            CHECK(std::abs(PSTAR_KERNEL(squared_distance(x.data(), y, size)) - squares) <= 40 * unit * squares);
        });
    }
}

TEST_CASE("random words are Philox's with every instruction set") {
    const RandomStream stream{Seed{3}, Stream::user, 4, 5};
    for_each_instruction_set([&](InstructionSet) {
        for (const std::size_t size : {0, 1, 4, 5, 31, 64, 129, 1000}) {
            std::vector<std::uint32_t> words(size);
            stream.fill(words, 8);
            for (std::size_t i = 0; i < size; ++i) CHECK(words[i] == stream.word(8 + i));
        }
    });
}

TEMPLATE_TEST_CASE("a transposed block is transposed with every instruction set", "", float, double) {
    for_each_instruction_set([](InstructionSet) {
        for (const std::size_t rows : {1, 8, 13, 24})
            for (const std::size_t columns : {1, 8, 11, 32}) {
                const auto in = random_values<TestType>(rows * columns);
                std::vector<TestType> out(rows * columns);
                PSTAR_KERNEL(transpose(in.data(), columns, rows, columns, out.data(), rows));
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t c = 0; c < columns; ++c) CHECK(out[c * rows + r] == in[r * columns + c]);
            }
    });
}

}  // namespace core_instruction_sets_test
