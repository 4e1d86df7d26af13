#include "softmax_regression/task.hpp"

#include <fstream>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <vector>

#include <pstar/corruption/identity.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/rbm/rbm_classifier.hpp>

#include "harness/python.hpp"

namespace bench {

namespace {

constexpr std::size_t components = 256, most_iterations = 100, fewer_images = 10'000;
constexpr double least_of_sklearn = 3;

double objective(const pstar::SoftmaxRegression& model, const pstar::Matrix<float>& features,
                 std::span<const pstar::Label> labels) {
    const pstar::Matrix<double> exact = features.cast<double>();
    return static_cast<double>(labels.size()) * pstar::score(model, exact, labels).cross_entropy +
           0.5 * model.weights.squaredNorm();
}

pstar::SoftmaxRegression fitted(const pstar::Matrix<float>& features, std::span<const pstar::Label> labels,
                                std::size_t classes) {
    pstar::SoftmaxRegression model(components, classes);
    pstar::fit_softmax(model, features, labels, {.max_iter = most_iterations});
    return model;
}

/// Ours must be at least as low as theirs, both evaluated in double. Returns a remark.
std::string check(PythonContender& sklearn, const pstar::Matrix<float>& features, std::span<const pstar::Label> labels,
                  std::size_t classes) {
    const auto found = sklearn.call("fitted", nlohmann::json::object());
    pstar::SoftmaxRegression theirs(components, classes);
    for (std::size_t k = 0; k < classes; ++k) {
        theirs.intercepts[static_cast<Eigen::Index>(k)] = found["intercepts"][k];
        for (std::size_t i = 0; i < components; ++i)
            theirs.weights(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(i)) = found["weights"][k][i];
    }
    const double a = objective(fitted(features, labels, classes), features, labels),
                 b = objective(theirs, features, labels);
    if (!(a <= b)) throw std::runtime_error("pstar's objective is above scikit-learn's");
    std::ostringstream text;
    text << std::fixed << std::setprecision(1) << "After at most " << most_iterations
         << " iterations each (C = 1, the other options as they are) the objective was " << a << "; scikit-learn's was "
         << b;
    return text.str();
}

template <class T>
std::string share(const Setting& setting, const char* name, const T* data, std::size_t count) {
    const auto path = setting.scratch / name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(count * sizeof(T)));
    return path.string();
}

}  // namespace

Result softmax_regression_task(const Setting& setting) {
    const auto [all, source] = load_images(setting);
    const auto data = setting.brief() ? pstar::take(all, fewer_images) : all;
    const auto machine =
        pstar::fit_rbm(data, pstar::Identity{}, {.n_components = components, .rbm_n_iter = setting.brief() ? 1U : 3U});
    const auto features = pstar::rbm_features(machine.rbm, data, pstar::Identity{});
    const std::span<const pstar::Label> labels(data.labels.data(), data.size());
    Result result{{"unit", "fits/s"}, {"scale", 1}, {"data", source}, {"cases", nlohmann::json::array()}};
    PythonContender sklearn(setting, "softmax_regression/sklearn_softmax.py");
    result["remarks"] = nlohmann::json::array({sklearn.description("scikit-learn")});
    const auto ours = [&](std::size_t repeats) {
        return time_of([&] {
            for (std::size_t r = 0; r < repeats; ++r) fitted(features, labels, data.classes);
        });
    };
    Case task{std::to_string(data.size()) + " samples of 256 features, 10 classes, 100 iterations",
              1,
              {{"pstar", Role::ours, ours}}};
    if (sklearn.missing().empty()) {
        sklearn.call("prepare",
                     {{"features", share(setting, "features.f32", features.data(), data.size() * components)},
                      {"labels", share(setting, "labels.u16", labels.data(), labels.size())},
                      {"count", data.size()},
                      {"width", components},
                      {"max_iter", most_iterations}});
        result["remarks"].push_back(check(sklearn, features, labels, data.classes));
    }
    task.contenders.push_back(
        sklearn.timed("scikit-learn", "run", setting.brief() ? std::nullopt : std::optional(least_of_sklearn)));
    add_case(result, setting, task, 0.1);
    return result;
}

}  // namespace bench
