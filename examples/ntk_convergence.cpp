/// The tangent kernel of wide random networks against its closed form: the difference falls like width^-1/2. Then the
/// limit as a classifier.
#include <cmath>
#include <cstdint>
#include <cstdio>

#include <pstar/corruption/batch.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/ntk/infinite_ntk.hpp>
#include <pstar/ntk/kernel_ridge.hpp>

int main() {
    const auto digits = pstar::synthetic_digits({.train = 1000, .test = 500, .seed = 1, .size = 8});
    const auto some = pstar::take(digits.test, 6);
    pstar::Batch<double> batch;
    batch.fill(some, std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5}, pstar::Identity{}, {});
    const auto x = batch.images();
    const pstar::InfiniteNtk limit{.inputs = 64, .hidden_layers = 1};
    const auto size = pstar::as_matrix(limit.ntk(x, x)).norm();

    // Parameters are not divided by anything, so the kernel grows with the width and is compared per unit of it; at
    // finite widths the first layer has its share in the mean.
    std::printf("width   |K/width - mean| / |limit|   |mean - limit| / |limit|\n");
    double first = 0, last = 0;
    for (const std::size_t width : {512, 2048, 8192, 32'768}) {
        auto law = limit;
        law.width = static_cast<double>(width);
        const auto mean = law.ntk(x, x);
        double square = 0;
        constexpr int seeds = 24;
        for (std::uint64_t seed = 0; seed < seeds; ++seed) {
            const auto net = pstar::mlp<float>({64, width, 10}, pstar::Activation::relu, pstar::Seed{seed});
            const auto kernel = pstar::empirical_ntk(net, some, pstar::NtkClass{0});
            square += (pstar::as_matrix(kernel) / law.width - pstar::as_matrix(mean)).squaredNorm() / seeds;
        }
        last = std::sqrt(square) / size;
        if (first == 0) first = last;
        const double distance = (pstar::as_matrix(mean) - pstar::as_matrix(limit.ntk(x, x))).norm() / size;
        std::printf("%5zu   %22.4f   %24.4f\n", width, last, distance);
    }
    const double exponent = std::log(last / first) / std::log(32'768.0 / 512);
    std::printf("the first column falls like width^%.2f\n", exponent);

    pstar::KernelRidge<float> ridge(limit);
    if (ridge.fit(digits.train) != pstar::KernelRidgeStatus::fitted) return 1;
    std::printf("accuracy of the infinitely wide network on 500 digits: %.3f\n", ridge.accuracy(digits.test));
    return std::abs(exponent + 0.5) < 0.1 ? 0 : 1;
}
