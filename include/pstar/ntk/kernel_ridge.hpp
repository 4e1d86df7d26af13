#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/lapack.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/ntk/infinite_ntk.hpp>

namespace pstar {

/// What became of a fit.
enum class KernelRidgeStatus {
    fitted,
    not_positive_definite,  ///< the Cholesky factorisation failed: the ridge is too small for the precision
};

/// How a kernel ridge regression is fitted.
struct KernelRidgeOptions {
    double ridge = 1e-4;                  ///< added to the diagonal, in units of its mean, tr K/N; positive
    std::uint64_t seed = 0;               ///< of the corruption's noise
    std::uint32_t draw = 0;               ///< which draw of the noise: 0 is that of a network's first epoch
    Noise noise = Noise::common;          ///< whether strengths share their draws
    WideKernel kernel = WideKernel::ntk;  ///< of the two that an infinitely wide network has

    void validate() const { require(ridge > 0, "KernelRidgeOptions", "ridge", ridge, "be positive"); }
};

/// Solves (K + ridge tr(K)/N I) A = Y by Cholesky's method, in place: K (N, N) is overwritten by its factor, Y (N, K)
/// by A. Only K's lower triangle is read. LAPACK does it, with the threads that `with_threads` allows: the last digits
/// depend on the BLAS and on their number. Throws std::invalid_argument where the sizes do not fit.
template <class Scalar>
KernelRidgeStatus solve_ridge(Tensor<Scalar, 2>& kernel, Tensor<Scalar, 2>& targets, double ridge) {
    const auto n = kernel.shape()[0];
    require(kernel.shape()[1] == n, "solve_ridge", "the kernel's columns", kernel.shape()[1], "equal its rows");
    require(targets.shape()[0] == n, "solve_ridge", "the targets' rows", targets.shape()[0], "equal the kernel's rows");
    auto k = as_matrix(kernel);
    k.diagonal().array() += static_cast<Scalar>(ridge) * k.diagonal().mean();
    if (!cholesky_in_place(n, kernel.data())) return KernelRidgeStatus::not_positive_definite;
    auto y = as_matrix(targets);
    Matrix<Scalar> rows = y.transpose();
    cholesky_solve(n, kernel.data(), targets.shape()[1], rows.data());
    y = rows.transpose();
    return y.allFinite() ? KernelRidgeStatus::fitted : KernelRidgeStatus::not_positive_definite;
}

/// Classification by kernel ridge regression with a kernel K of an infinitely wide network. With the tangent kernel,
/// what such a network learns when it is trained with squared loss from small logits to the end, or for a time that the
/// ridge sets; with the NNGP kernel, the mean of its Bayesian posterior for labels with Gaussian noise of variance
/// ridge tr(K)/N, or what it learns when only its last layer is trained.
///     f(x) = ybar + K(x, X) (K(X, X) + ridge tr(K)/N I)^-1 (Y - ybar),   Y one-hot (N, K), ybar its mean over images.
/// The class is that of the largest f. In float, N = 10,000 images take 0.4 GB and in double twice that, for the
/// kernel, and N^3/3 multiplications. Uses the threads that `with_threads` allows; the last digits of what is learned
/// depend on the BLAS and on their number. Source: Jacot, Gabriel & Hongler, arXiv:1806.07572, section 5; Lee et al.,
/// arXiv:1902.06720, equations 10 and 11; NNGP: Lee et al., arXiv:1711.00165, section 2.
template <class Scalar>
class KernelRidge {
public:
    using scalar_type = Scalar;

    /// Not fitted yet; throws what the `validate` of kernel and options throws.
    explicit KernelRidge(const InfiniteNtk& kernel, const KernelRidgeOptions& options = {})
        : kernel_(kernel), options_(options) {
        kernel_.validate();
        options_.validate();
    }
    /// Learns the images of `data` seen through `corruption`, one draw of its noise. Throws std::invalid_argument for
    /// data that do not fit.
    template <Corruption C = Identity>
    KernelRidgeStatus fit(const Dataset& data, const C& corruption = {}) {
        check(data);
        corruption.validate();
        require(data.size() >= 1, "KernelRidge::fit", "data.size()", data.size(), "be at least 1");
        images_.fill_range(data, 0, data.size(), corruption, place(corruption, Stream::train_noise));
        weights_ = Tensor<Scalar, 2>::from_shape({data.size(), data.classes});
        auto y = as_matrix(weights_);
        y.setZero();
        for (std::size_t n = 0; n < data.size(); ++n) weights_(n, data.label(n)) = 1;
        mean_ = y.colwise().mean();
        y.rowwise() -= mean_;
        auto kernel = kernel_.kernel(images_.images(), images_.images(), options_.kernel);
        shift_ = static_cast<Scalar>(options_.ridge) * as_matrix(kernel).diagonal().mean();
        return solve_ridge(kernel, weights_, options_.ridge);
    }
    /// Y - f for the images it has learnt, as they were seen: (N, classes). By the equations solved it is
    /// ridge tr(K)/N A. Throws std::invalid_argument before `fit`.
    Tensor<Scalar, 2> residuals() const {
        check_fitted("KernelRidge::residuals");
        auto result = weights_;
        as_matrix(result) *= shift_;
        return result;
    }
    /// f for the images of `data` seen through `corruption`: (N, classes). Throws std::invalid_argument before `fit`.
    template <Corruption C = Identity>
    Tensor<Scalar, 2> predict(const Dataset& data, const C& corruption = {}) const {
        check(data);
        corruption.validate();
        check_fitted("KernelRidge::predict");
        const auto classes = static_cast<std::size_t>(mean_.size());
        auto result = Tensor<Scalar, 2>::from_shape({data.size(), classes});
        constexpr std::size_t size = 1000;  // rows of the kernel between them and the training images
        const auto predict_batch = [&](std::size_t first, const Batch<Scalar>& batch) {
            const auto kernel = kernel_.kernel(batch.images(), images_.images(), options_.kernel);
            const auto rows = batch.labels().size();
            Scalar* const to = result.data() + first * classes;
            gemm<Scalar>(Transpose::no, Transpose::no, rows, classes, weights_.shape()[0], 1, kernel.data(),
                         weights_.data(), 0, to);
            MatrixMap<Scalar>(to, static_cast<Eigen::Index>(rows), mean_.size()).rowwise() += mean_;
        };
        for_each_batch<Scalar>(data, corruption, place(corruption, Stream::test_noise), size, predict_batch);
        return result;
    }
    /// The share of images classified correctly, as `pstar::accuracy` counts.
    template <Corruption C = Identity>
    double accuracy(const Dataset& data, const C& corruption = {}) const {
        const auto scores = predict(data, corruption);
        const auto classes = scores.shape()[1];
        std::size_t correct = 0;
        for (std::size_t n = 0; n < data.size(); ++n)
            correct += predicted_class(std::span<const Scalar>(scores.data() + n * classes, classes)) == data.label(n);
        return static_cast<double>(correct) / static_cast<double>(data.size());
    }

private:
    void check_fitted(const char* where) const {
        require(mean_.size() > 0, where, "the number of classes", mean_.size(), "be known: call fit");
    }
    void check(const Dataset& data) const {
        data.validate();
        require(data.pixels() == kernel_.inputs, "KernelRidge", "the images' number of pixels", data.pixels(),
                "equal the kernel's inputs");
    }
    template <Corruption C>
    NoisePlace place(const C& corruption, Stream stream) const {
        return {noise_seed(Seed{options_.seed}, corruption, options_.noise), stream, options_.draw};
    }

    InfiniteNtk kernel_;
    KernelRidgeOptions options_;
    Batch<Scalar> images_;
    Tensor<Scalar, 2> weights_;
    Scalar shift_ = 0;  // of the diagonal
    Eigen::Matrix<Scalar, 1, Eigen::Dynamic, Eigen::RowMajor | Eigen::DontAlign> mean_;
};

}  // namespace pstar
