#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/rbm/train_rbm.hpp>
#include <pstar/rbm/units.hpp>
#include <pstar/rbm/visible_rows.hpp>
#include <pstar/softmax/fit_softmax.hpp>

namespace pstar {

/// How an RBM and the classifier on its features are fitted.
struct RbmClassifierOptions {
    RbmOptions rbm = {};                                    ///< of the RBM; the classifier has the same seed and noise
    std::size_t rbm_classifier_max_iter = 200;              ///< iterations of L-BFGS
    std::variant<SumLoss, MeanLoss> objective = SumLoss{};  ///< of the softmax regression
    double tolerance =
        0.1;  ///< on the gradient of the classifier's objective; with the sum form, of a sum over samples

    void validate() const {
        rbm.validate();
        softmax().validate();
    }
    /// Those of the classifier.
    SoftmaxOptions softmax() const {
        return {.objective = objective, .max_iter = rbm_classifier_max_iter, .tolerance = tolerance};
    }
};

/// Softmax regression on the features phi(v) = E[h | v] of an RBM.
template <class Scalar>
struct RbmClassifier {
    Rbm<Scalar> rbm;                              ///< gives the features
    SoftmaxRegression softmax;                    ///< on them
    GreyLevels grey = GreyLevels::probabilities;  ///< how rows are made of images
};

/// What came of the fit.
template <class Scalar>
struct RbmClassifierFit {
    RbmClassifier<Scalar> classifier;  ///< what was fitted
    RbmFit<Scalar> rbm;                ///< how the RBM was trained, with a copy of it
    SoftmaxFit softmax;                ///< how the classifier was
};

/// How images reach a classifier that is to be evaluated.
struct RbmEvaluateOptions {
    std::uint64_t seed = 0;       ///< of the corruption's noise, and of grey pixels if they are sampled
    std::uint32_t draw = 0;       ///< which draw of the noise: another number, other noise
    Noise noise = Noise::common;  ///< whether different strengths share their uniforms
};

namespace detail {

/// Calls `body(first, features)` for block after block of a source's rows: their features (rows, H).
template <class Scalar, class Source, class Body>
void for_features(const Rbm<Scalar>& rbm, const Source& source, GreyLevels grey, Seed seed, std::uint32_t pass,
                  const Body& body) {
    constexpr std::size_t block = 256;
    check_visible("RbmClassifier", rbm, static_cast<Eigen::Index>(source.visible()));
    Matrix<Scalar> rows(static_cast<Eigen::Index>(block), rbm.weights.rows());
    std::vector<std::uint32_t> words;
    for_each_block(source.size(), block, [&](std::size_t first, std::span<const std::uint32_t> indices) {
        MatrixMap<Scalar> v(rows.data(), std::ssize(indices), rows.cols());
        source.fill(indices, pass, v);
        apply_grey_levels(grey, GibbsDraws(grey_levels_seed(seed), pass, indices), words, v);
        body(static_cast<Eigen::Index>(first), hidden_probabilities(rbm, v));
    });
}

template <class Scalar, class Source>
Matrix<Scalar> all_features(const Rbm<Scalar>& rbm, const Source& source, GreyLevels grey, Seed seed,
                            std::uint32_t pass) {
    Matrix<Scalar> features(static_cast<Eigen::Index>(source.size()), rbm.weights.cols());
    for_features(rbm, source, grey, seed, pass, [&](Eigen::Index first, const Matrix<Scalar>& block) {
        features.middleRows(first, block.rows()) = block;
    });
    return features;
}

}  // namespace detail

/// The features (N, H) of images seen through `corruption`, as evaluation sees them: image i draws its noise from
/// (seed, test_noise, draw, i).
template <class Scalar, Corruption C>
Matrix<Scalar> rbm_features(const Rbm<Scalar>& rbm, const Dataset& data, const C& corruption,
                            const RbmEvaluateOptions& options = {}, GreyLevels grey = GreyLevels::probabilities) {
    const Seed seed{options.seed};
    const ImageSource<C> source(data, corruption, noise_seed(seed, corruption, options.noise), Stream::test_noise);
    return detail::all_features(rbm, source, grey, seed, options.draw);
}

/// The pipeline: corrupt -> RBM -> phi(v) = E[h | v] -> softmax regression. The RBM sees new noise at each of its
/// passes; the classifier is fitted to the features of one more pass. Where the RBM diverged, no classifier is fitted:
/// it stays at zero with status `not_finite`. A pure function of the arguments on one kind of processor.
template <class Scalar = float, Corruption C>
RbmClassifierFit<Scalar> fit_rbm_classifier(const Dataset& data, const C& corruption,
                                            const RbmClassifierOptions& options = {}) {
    options.validate();
    const Seed seed{options.rbm.seed};
    const ImageSource<C> source(data, corruption, noise_seed(seed, corruption, options.rbm.noise));
    auto trained = fit_rbm<Scalar>(source, options.rbm);
    RbmClassifierFit<Scalar> fit{
        .classifier = {trained.rbm, SoftmaxRegression(trained.rbm.n_components(), data.classes), options.rbm.grey},
        .rbm = std::move(trained),
        .softmax = {}};
    if (fit.rbm.status == RbmStatus::diverged) return fit;
    const auto pass = static_cast<std::uint32_t>(options.rbm.rbm_n_iter);
    const auto features = detail::all_features(fit.rbm.rbm, source, options.rbm.grey, seed, pass);
    const auto labels = data.all_labels();
    fit.softmax = fit_softmax(fit.classifier.softmax, features, labels, options.softmax());
    return fit;
}

/// Accuracy and mean cross-entropy on images seen through `corruption`; image i draws its noise from
/// (seed, test_noise, draw, i), as networks' evaluation does.
template <class Scalar, Corruption C>
ClassifierScore evaluate(const RbmClassifier<Scalar>& classifier, const Dataset& data, const C& corruption,
                         const RbmEvaluateOptions& options = {}) {
    const auto features = rbm_features(classifier.rbm, data, corruption, options, classifier.grey);
    return score(classifier.softmax, features, data.all_labels());
}
/// The same on clean images.
template <class Scalar>
ClassifierScore evaluate(const RbmClassifier<Scalar>& classifier, const Dataset& data,
                         const RbmEvaluateOptions& options = {}) {
    return evaluate(classifier, data, Identity{}, options);
}

/// The classes' probabilities (N, K) for images seen through `corruption`.
template <class Scalar, Corruption C>
Matrix<Scalar> probabilities(const RbmClassifier<Scalar>& classifier, const Dataset& data, const C& corruption,
                             const RbmEvaluateOptions& options = {}) {
    return probabilities(classifier.softmax, rbm_features(classifier.rbm, data, corruption, options, classifier.grey));
}

}  // namespace pstar
