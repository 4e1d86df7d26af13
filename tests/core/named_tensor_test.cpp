#include <pstar/core/named_tensor.hpp>

#include <cstdint>
#include <vector>

#include "catch.hpp"

namespace named_tensor_test {

using namespace pstar;

TEST_CASE("element_count multiplies, and says when the product is no size") {
    using Shape = std::vector<std::size_t>;
    CHECK(element_count(Shape{}) == 1);
    CHECK(element_count(Shape{7, 12}) == 84);
    CHECK(element_count(Shape{7, 0, 12}) == 0);
    CHECK(element_count(Shape{PTRDIFF_MAX}) == static_cast<std::size_t>(PTRDIFF_MAX));
    CHECK(!element_count(Shape{1ULL << 32, 1ULL << 31}));  // 2^63: one more than PTRDIFF_MAX
    CHECK(!element_count(Shape{1ULL << 32, 1ULL << 32}));  // 2^64 = 0 in 64 bits
    CHECK(!element_count(Shape{0, 1ULL << 32, 1ULL << 32}));
}

TEST_CASE("a writable named tensor is also a read-only one over the same values") {
    std::vector<double> values{1, 2};
    const NamedTensor<double> tensor{"bias", {2}, values};
    const NamedTensor<const double> view = tensor;
    tensor.values[1] = 5;
    CHECK(view.name == "bias");
    CHECK(view.shape == tensor.shape);
    CHECK(view.values[1] == 5);
}

}  // namespace named_tensor_test
