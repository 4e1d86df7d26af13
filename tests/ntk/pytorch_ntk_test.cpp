#include <pstar/io/json_file.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/ntk/ntk_operator.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"

namespace pytorch_ntk_test {

using namespace pstar;

namespace {

const std::string fixtures = PSTAR_SOURCE_DIR "/tests/fixtures/";

Dataset images_of(const nlohmann::json& fixture) {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({5, 1, 8, 8}),
                 .labels = Tensor<Label, 1>::from_shape({5}),
                 .classes = 4};
    for (std::size_t n = 0; n < 5; ++n) {
        const std::vector<std::uint8_t> image = fixture["images"][n];
        std::ranges::copy(image, data.image(n).begin());
        data.labels.data()[n] = static_cast<Label>(n % 4);
    }
    return data;
}
Matrix<double> kernel_of(const nlohmann::json& fixture) {
    Matrix<double> kernel(20, 20);
    for (Eigen::Index i = 0; i < 20; ++i)
        for (Eigen::Index j = 0; j < 20; ++j) kernel(i, j) = fixture[i / 4][i % 4][j / 4][j % 4];
    return kernel;
}

/// The same network in another precision.
template <class Net>
void widen(const Net& from, auto& to) {
    std::ranges::copy(from.parameters().values(), to.parameters().values().begin());
}

template <Network Single, Network Double>
void compare(Single single, Double precise, const std::string& name) {
    const auto fixture = read_json(fixtures + "ntk.json");
    const auto data = images_of(fixture);
    const auto expected = kernel_of(fixture[name]);
    load_safetensors(fixtures + "ntk_" + name + "_f32.safetensors", single.parameters().named());
    widen(single, precise);
    const double scale = expected.cwiseAbs().maxCoeff();

    // 1e-7 in the images: pixel / 255 is rounded to float in theirs only where we do; in double both agree to the end.
    const auto full = empirical_ntk(precise, data, NtkOutput::full);
    CHECK((as_matrix(full) - expected).cwiseAbs().maxCoeff() <= 1e-13 * scale);
    for (const auto products : {NtkProducts::in_double, NtkProducts::as_network}) {
        const auto rough = empirical_ntk(single, data, NtkOutput::full, Identity{}, {.products = products});
        CHECK((as_matrix(rough) - expected).cwiseAbs().maxCoeff() <= 1e-5 * scale);
    }
    const auto own = empirical_ntk(precise, data, NtkOutput::true_class);
    for (Eigen::Index n = 0; n < 5; ++n)
        for (Eigen::Index m = 0; m < 5; ++m)
            CHECK(std::abs(as_matrix(own)(n, m) - expected(4 * n + n % 4, 4 * m + m % 4)) <= 1e-13 * scale);
    const NtkOperator op(precise, data, NtkOutput::full);
    for (Eigen::Index i = 0; i < 20; ++i) {
        Vector<double> unit = Vector<double>::Unit(20, i), column(20);
        op.perform_op(unit.data(), column.data());
        CHECK((column - expected.col(i)).cwiseAbs().maxCoeff() <= 1e-13 * scale);
    }
}

}  // namespace

TEST_CASE("tangent kernels equal those of PyTorch's functorch") {
    compare(mlp<float>({64, 7, 5, 4}, Activation::relu, Seed{1}), mlp<double>({64, 7, 5, 4}, Activation::relu, Seed{1}),
            "mlp");
    const CnnOptions sizes{.height = 8, .width = 8, .channels = 3, .hidden = 5, .classes = 4};
    compare(cnn<float>(sizes, Activation::relu, Seed{1}), cnn<double>(sizes, Activation::relu, Seed{1}), "cnn");
}

}  // namespace pytorch_ntk_test
