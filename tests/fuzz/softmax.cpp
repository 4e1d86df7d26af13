// Softmax regression: features of any size give finite parameters and an objective that is no worse than where it
// began; features that are not finite are refused.
#include <stdexcept>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/softmax.hpp>

#include "fuzz/fuzz.hpp"

namespace {

template <class Scalar>
void fit(fuzz::Cursor cursor) {
    const auto n = 1 + static_cast<Eigen::Index>(cursor.below(12)),
               features = 1 + static_cast<Eigen::Index>(cursor.below(4));
    const auto classes = 1 + cursor.below(4);
    pstar::SoftmaxOptions options{.max_iter = 50, .fit_intercept = cursor.below(2) == 1};
    if (cursor.below(2)) options.objective = pstar::MeanLoss{.l2 = cursor.below(2) ? 0 : cursor.share()};
    pstar::Matrix<Scalar> x(n, features);
    for (Eigen::Index i = 0; i < x.size(); ++i) x.data()[i] = static_cast<Scalar>(cursor.number());
    std::vector<pstar::Label> labels;
    for (Eigen::Index i = 0; i < n; ++i) labels.push_back(static_cast<pstar::Label>(cursor.below(classes)));
    pstar::SoftmaxRegression model(static_cast<std::size_t>(features), classes);
    try {
        const auto found = pstar::fit_softmax(model, x, labels, options);
        fuzz::must(x.allFinite(), "features that are not finite are refused");
        fuzz::must(found.status != pstar::LbfgsStatus::not_finite, "a fit of finite features is finite");
        const bool mean = options.objective.index() == 1;
        const double start = std::log(static_cast<double>(classes)) * (mean ? 1 : static_cast<double>(n));
        fuzz::must(found.objective <= start * (1 + 1e-5) + 1e-9, "a fit is no worse than its start");
        fuzz::must(model.weights.array().isNaN().count() == 0 && model.intercepts.allFinite(),
                   "parameters are numbers");
    } catch (const pstar::DataError&) {
        fuzz::must(!x.allFinite(), "finite features are not refused");
    }
}

}  // namespace

FUZZ_TARGET(softmax) {
    fuzz::Cursor cursor(bytes);
    if (cursor.below(2))
        fit<float>(cursor);
    else
        fit<double>(cursor);
}
