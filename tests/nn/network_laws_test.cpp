#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/reduce.hpp>
#include <pstar/nn/check_network_laws.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/sequential.hpp>

#include <cmath>
#include <string>
#include <vector>

#include "../examples/residual_mlp.hpp"
#include "catch.hpp"

namespace network_laws_test {

using namespace pstar;

namespace {

const Shape image{2, 7, 6};

void check_holds(const auto& make_network) {
    for (const std::uint64_t seed : {1, 2})
        for (const auto& violation : check_network_laws(make_network, {.seed = Seed{seed}})) FAIL_CHECK(violation);
}

/// y = 2 x with a wrong derivative: of one mode, or of both.
enum class Fault { none, vjp, both_modes };
struct Twice {
    static constexpr std::size_t arity = 1;
    Fault fault;
    Shape shape(const std::array<Shape, 1>& s) const { return s[0]; }
    void forward(const Call<double, 1>& call) const { call.y.array() = 2 * call.x[0].array(); }
    void vjp(const Call<double, 1>&, View<const double> dy, const std::array<Cotangent<double>, 1>& dx) const {
        if (dx[0]) dx[0].accumulate((fault == Fault::none ? 2 : 2.001) * dy.array());
    }
    void jvp(const Call<double, 1>&, const std::array<View<const double>, 1>& tx, View<double> ty) const {
        ty.array() = (fault == Fault::both_modes ? 2.001 : 2) * tx[0].array();
    }
};

/// An MLP with something behind it.
template <class Behind>
class Faulty {
public:
    using scalar_type = double;
    Faulty(Behind behind, Seed seed) : net_({6, 5, 3}, Activation::tanh, seed), behind_(behind) {}
    std::size_t inputs() const { return 6; }
    std::size_t outputs() const { return 3; }
    Parameters<double>& parameters() { return net_.parameters(); }
    const Parameters<double>& parameters() const { return net_.parameters(); }
    Variable<double> operator()(Variable<double> x, const Leaves<double>& leaves) const {
        return behind_(net_(x, leaves));
    }

private:
    Mlp<double> net_;
    Behind behind_;
};

/// The only violations of an MLP with `behind(seed)` behind it all begin with, or contain, these words.
void check_finds(const std::string& words, const auto& behind) {
    const auto found = check_network_laws([&](Seed seed) { return Faulty(behind(seed), seed); });
    CHECK_FALSE(found.empty());
    for (const auto& violation : found) CHECK_THAT(violation, Catch::Contains(words));
}

}  // namespace

TEST_CASE("networks keep the laws: mlp and cnn") {
    for (const auto phi : {Activation::relu, Activation::gelu, Activation::leaky_relu(0.3)}) {
        check_holds([&](Seed seed) { return mlp<double>({20, 8, 6, 4}, phi, seed); });
        check_holds([&](Seed seed) {
            return cnn<double>(
                {.height = 7, .width = 6, .image_channels = 2, .channels = 3, .blocks = 2, .hidden = 5, .classes = 4},
                phi, seed);
        });
    }
}

TEST_CASE("networks keep the laws: sequences, with residual blocks and two modes") {
    using namespace layer;
    check_holds([](Seed seed) {
        return Sequential<double>(image,
                                  {Conv2d{.channels = 3}, BatchNorm{}, Activate{Activation::relu}, MaxPool2d{},
                                   Residual{Conv2d{.channels = 3}, BatchNorm{}, Activate{Activation::tanh}}, Flatten{},
                                   Dropout{0.5}, Dense{4}},
                                  seed);
    });
    check_holds([](Seed seed) {
        return Sequential<double>(
            {9},
            {Dense{8}, Activate{Activation::gelu},
             Residual{Dense{6}, Activate{Activation::relu}, Dropout{0.2}, Dense{8}}, BatchNorm{}, Dense{3}},
            seed);
    });
    check_holds([](Seed seed) { return Sequential<double>({5}, {Dense{3}}, seed); });
    check_holds([](Seed seed) { return ResidualMlp<double>(8, 6, 3, seed); });
}

TEST_CASE("the laws find what is planted") {
    check_finds("finite differences give",
                [](Seed) { return [](auto y) { return y.tape->record(Twice{Fault::both_modes}, {y}); }; });
    CHECK(check_network_laws([](Seed seed) {
              return Faulty([](auto y) { return y.tape->record(Twice{Fault::none}, {y}); }, seed);
          }).empty());
    const auto one_mode = check_network_laws(
        [](Seed seed) { return Faulty([](auto y) { return y.tape->record(Twice{Fault::vjp}, {y}); }, seed); });
    CHECK(std::ranges::count_if(one_mode, [](const auto& v) { return v.find("the two modes disagree") != v.npos; }) ==
          3);
    check_finds("a sample's logits depend on its batch",
                [](Seed) { return [](auto y) { return (1 / static_cast<double>(y.shape()[0])) * y; }; });
    check_finds("loaded", [](Seed seed) {  // a state that parameters() does not show
        return [a = 1 + static_cast<double>(seed.value % 97) / 97](auto y) { return a * y; };
    });
}

TEST_CASE("the laws find an evaluation that remembers, and seeds without effect on names alone") {
    struct Counting {
        int* calls;
        Variable<double> operator()(Variable<double> y) const { return static_cast<double>(++*calls) * y; }
    };
    int calls = 0;
    const auto found = check_network_laws([&](Seed seed) { return Faulty(Counting{&calls}, seed); });
    CHECK(std::ranges::count(found, "two evaluations of the same images differ") == 1);

    std::uint64_t made = 0;
    const auto unsettled = check_network_laws([&](Seed) {
        return mlp<double>({6, 5, 3}, Activation::tanh, Seed{++made});
    });
    CHECK(unsettled == std::vector<std::string>{"two networks of the same seed have different parameters"});

    const auto growing = check_network_laws([&](Seed seed) {
        return mlp<double>({6, seed == Seed{1} ? 5UL : 6UL, 3}, Activation::tanh, seed);
    });
    CHECK(growing == std::vector<std::string>{"the names and shapes of a network's tensors depend on its seed"});
    CHECK_THROWS_AS(check_network_laws(
                        [](Seed s) {
                            return mlp<double>({2, 3}, Activation::relu, s);
                        },
                        {.samples = 1}),
                    std::invalid_argument);
}

}  // namespace network_laws_test
