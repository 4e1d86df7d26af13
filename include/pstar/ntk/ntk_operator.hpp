#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/ntk/options.hpp>
#include <pstar/ntk/subject.hpp>

namespace pstar {

/// The empirical neural tangent kernel without its matrix: products
///     y <- K x = J (J^T x),
/// J^T x by one sweep backwards over all images and J u by one forwards (for sums over classes, one pair a class). So
/// it takes any network and any number of images: an N = 10,000 kernel would fill 800 MB. It models
/// `SymmetricOperator`, and Spectra's solvers take it as it is. Elements and noise are those of `empirical_ntk`; the
/// sweeps run in the network's precision, so products of a float network are good to about 1e-6 |K| |x|.
///
/// The recorded passes are kept where they fit into NtkOptions::memory, which saves the forward pass of every product;
/// else they are recorded again, batch by batch. Besides these: two vectors of as many numbers as the network has
/// parameters. Refers to `net` and `data`. A constant operator may be used from several threads: their products are
/// done one after the other. Uses the threads that `with_threads` allows.
template <Network Net, Corruption C = Identity>
class NtkOperator {
public:
    using Scalar = double;  ///< of the vectors: Spectra needs it

    /// Throws std::invalid_argument for data, corruptions or options that do not fit.
    NtkOperator(const Net& net, const Dataset& data, const NtkSubject& of, const C& corruption = {},
                const NtkOptions& options = {})
        : net_(net),
          data_(data),
          corruption_(corruption),
          subject_(of, net.outputs()),
          place_{noise_seed(Seed{options.seed}, corruption, options.noise), Stream::test_noise, options.draw},
          gradients_(net.parameters().size()),
          passes_(1) {
        corruption.validate();
        detail::check_fit("NtkOperator", net, data);
        choose_batch(options.memory);
    }
    Eigen::Index rows() const { return static_cast<Eigen::Index>(data_.size() * subject_.rows_per_image()); }
    Eigen::Index cols() const { return rows(); }
    /// Whether the forward passes are kept between products.
    bool keeps_passes() const { return passes_.size() == batches(); }

    /// y <- K x, both of rows() numbers.
    void perform_op(const double* x, double* y) const {
        const std::scoped_lock one_at_a_time(workspace_);
        if (!subject_.summed()) return apply(0, subject_.count(), x, y, false);
        for (std::size_t s = 0; s < subject_.count(); ++s) apply(s, s + 1, x, y, s > 0);
        VectorMap<double>(y, rows()) *= subject_.scale();
    }

private:
    using Element = typename Net::scalar_type;
    struct Pass {
        Batch<Element> inputs;
        Tape<Element> tape;
        Leaves<Element> leaves;
        Variable<Element> logits;
        std::vector<Element> cotangents;  // (sweeps, images, classes)
        std::vector<Element> seed;
        std::size_t first = 0;
        bool recorded = false;

        std::size_t images() const { return inputs.labels().size(); }
        std::size_t memory() const {
            return tape.memory() + (cotangents.capacity() + seed.capacity() + inputs.images().size()) * sizeof(Element);
        }
    };

    std::size_t batches() const { return (data_.size() + batch_ - 1) / batch_; }
    /// Measures what a small batch takes, both ways; arenas grow in steps, so a larger one takes no more for an image.
    void choose_batch(std::size_t memory) {
        batch_ = std::min<std::size_t>(16, data_.size());
        passes_[0] = std::make_unique<Pass>();
        std::vector<double> x(data_.size() * subject_.rows_per_image(), 1), y(x);
        sweep_back(record(*passes_[0], 0), 0, 1, x.data());
        sweep_forth(*passes_[0], 0, 1, y.data());
        const auto per_image = passes_[0]->memory() / batch_ + 1;
        require(memory >= per_image, "NtkOperator", "NtkOptions::memory", memory,
                "hold the tape of an image: at least " + std::to_string(per_image) + " bytes for this network");
        batch_ = std::clamp<std::size_t>(memory / per_image, 1, 256);
        const bool keep = data_.size() <= memory / per_image;
        passes_.clear();
        passes_.resize(keep ? batches() : 1);
        for (auto& pass : passes_) pass = std::make_unique<Pass>();
    }
    /// The pass over batch `b`: the one that is kept, or the only one, recorded again.
    Pass& pass(std::size_t b) const {
        auto& p = *passes_[keeps_passes() ? b : 0];
        return p.recorded && p.first == b * batch_ ? p : record(p, b * batch_);
    }
    Pass& record(Pass& p, std::size_t first) const {
        p.inputs.fill_range(data_, first, std::min(batch_, data_.size() - first), corruption_, place_);
        p.tape.clear();
        p.leaves = net_.parameters().record(p.tape, gradients_, Element{1});  // adds up over batches
        p.logits = net_(p.tape.constant(p.inputs.images()), p.leaves);
        p.first = first;
        p.recorded = true;
        const auto size = p.images() * net_.outputs();
        p.seed.resize(size);
        p.cotangents.resize(subject_.count() * size);
        for (std::size_t s = 0; s < subject_.count(); ++s)
            subject_.fill(s, first, p.inputs.labels(), p.logits.value(), p.cotangents.data() + s * size);
        return p;
    }
    /// Calls body(row of x or y, cotangents (classes)) for sweeps [from, to) of every image of a pass.
    template <class Body>
    void for_each_row(const Pass& p, std::size_t from, std::size_t to, const Body& body) const {
        const auto classes = net_.outputs(), step = subject_.rows_per_image();
        for (std::size_t n = 0; n < p.images(); ++n)
            for (std::size_t s = from; s < to; ++s)
                body((p.first + n) * step + (subject_.summed() ? 0 : s), n * classes,
                     p.cotangents.data() + (s * p.images() + n) * classes);
    }
    /// gradients += J^T x for a batch, J's rows those of sweeps [from, to).
    void sweep_back(Pass& p, std::size_t from, std::size_t to, const double* x) const {
        std::ranges::fill(p.seed, Element{0});
        for_each_row(p, from, to, [&](std::size_t row, std::size_t at, const Element* c) {
            for (std::size_t k = 0; k < net_.outputs(); ++k) p.seed[at + k] += static_cast<Element>(x[row]) * c[k];
        });
        p.tape.backward(p.logits, {p.seed.data(), p.logits.shape()});
    }
    /// y += J gradients for a batch.
    void sweep_forth(Pass& p, std::size_t from, std::size_t to, double* y) const {
        std::size_t offset = 0;
        for (std::size_t i = 0; i < net_.parameters().count(); ++i) {
            const auto& shape = net_.parameters()[i].shape;
            p.tape.set_tangent(p.leaves[i], {gradients_.data() + offset, shape});
            offset += shape.size();
        }
        p.tape.forward();
        const Element* const t = p.tape.tangent(p.logits).data;
        for_each_row(p, from, to, [&](std::size_t row, std::size_t at, const Element* c) {
            double sum = 0;
            for (std::size_t k = 0; k < net_.outputs(); ++k) sum += static_cast<double>(c[k] * t[at + k]);
            y[row] += sum;
        });
    }
    void apply(std::size_t from, std::size_t to, const double* x, double* y, bool add) const {
        std::ranges::fill(gradients_, Element{0});
        for (std::size_t b = 0; b < batches(); ++b) sweep_back(pass(b), from, to, x);
        if (!add) std::fill_n(y, rows(), 0.0);
        for (std::size_t b = 0; b < batches(); ++b) sweep_forth(pass(b), from, to, y);
    }

    const Net& net_;
    const Dataset& data_;
    C corruption_;
    detail::Sweeps subject_;
    NoisePlace place_;
    std::size_t batch_ = 1;
    // The workspace of products: what a constant operator writes to, under its lock.
    mutable std::mutex workspace_;
    mutable std::vector<Element> gradients_;
    mutable std::vector<std::unique_ptr<Pass>> passes_;  // one, or one for each batch
};

}  // namespace pstar
