#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <pstar/autodiff/tape.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/ntk/detail/layer_factors.hpp>
#include <pstar/ntk/options.hpp>
#include <pstar/ntk/subject.hpp>

namespace pstar::detail {

/// A network's factors for images first, first + 1, ..., layer by layer.
template <class Element>
struct Factors {
    std::size_t first = 0, images = 0;
    std::vector<LayerFactors<Element>> layers;
};

/// Networks may say that all of their layers are dense, by a static member `only_dense`.
template <class Net>
inline constexpr bool has_only_dense = [] {
    if constexpr (requires { Net::only_dense; }) return Net::only_dense;
    return false;
}();

/// Computes factors, block by block: one forward pass and S backward sweeps, in batches that bound the tape's memory.
template <Network Net, Corruption C, class Element>
class FactorBlocks {
public:
    using Scalar = typename Net::scalar_type;

    /// Refers to everything but the options.
    FactorBlocks(const Net& net, const Dataset& data, const C& corruption, const Sweeps& subject,
                 const NtkOptions& options)
        : net_(net),
          data_(data),
          corruption_(corruption),
          subject_(subject),
          place_{noise_seed(Seed{options.seed}, corruption, options.noise), Stream::test_noise, options.draw} {
        corruption.validate();
        check_fit("empirical_ntk", net, data);
    }
    std::size_t images() const { return data_.size(); }

    /// How each layer is treated, and how much memory an image takes, from the first few images.
    void plan(const ImageCount& count, std::size_t tape_memory) {
        const auto probe = std::min<std::size_t>(16, data_.size());
        const auto calls = record(0, probe);
        seed_.resize(probe * net_.outputs());
        std::ranges::fill(seed_, Scalar{1});
        tape_.backward(logits_, {seed_.data(), logits_.shape()});
        plans_.clear();
        std::size_t kept = 0;
        for (const auto& call : calls) {
            plans_.emplace_back(call, subject_, count);
            if (!call.is_dense()) kept += subject_.count() * call.y.shape().columns() * sizeof(Scalar);
        }
        const auto per_image = tape_.memory() / probe + kept + data_.pixels() * sizeof(Scalar);
        batch_ = std::clamp<std::size_t>(tape_memory / per_image, 1, 128);
    }
    const std::vector<LayerPlan>& plans() const { return plans_; }
    std::size_t batch() const { return batch_; }  ///< images per pass
    /// Takes over the plans of another source of the same network: both sides of a product must be of one form.
    template <Corruption D>
    void plan_as(const FactorBlocks<Net, D, Element>& other) {
        plans_ = other.plans(), batch_ = other.batch();
    }
    /// Bytes of one image's factors.
    std::size_t bytes_per_image() const {
        std::size_t sum = 0;
        for (const auto& layer : plans_) sum += layer.size() * sizeof(Element);
        return sum;
    }

    /// The factors of images first .. first + images - 1.
    Factors<Element> compute(std::size_t first, std::size_t images) {
        Factors<Element> result{first, images, {}};
        for (const auto& layer : plans_) result.layers.emplace_back(layer, images);
        for (std::size_t done = 0; done < images; done += batch_) add(std::min(batch_, images - done), done, result);
        return result;
    }

private:
    std::vector<LayerCall<Scalar>> record(std::size_t first, std::size_t size) {
        inputs_.fill_range(data_, first, size, corruption_, place_);
        tape_.clear();
        const auto leaves = record_biases(net_.parameters(), tape_);
        logits_ = net_(tape_.constant(inputs_.images()), leaves);
        auto calls = layer_calls(tape_, leaves, net_.parameters().count());
        if constexpr (has_only_dense<Net>)
            for (const auto& call : calls)
                require(call.is_dense(), "empirical_ntk", "a layer", "convolutional",
                        "be dense, as the network's only_dense says");
        return calls;
    }
    /// `size` images from `done` on in the factors.
    void add(std::size_t size, std::size_t done, Factors<Element>& factors) {
        const auto calls = record(factors.first + done, size);
        std::vector<LayerDigest<Scalar, Element, has_only_dense<Net>>> digests;
        for (std::size_t l = 0; l < calls.size(); ++l) digests.emplace_back(calls[l], done, factors.layers[l]);
        seed_.resize(size * net_.outputs());
        for (std::size_t s = 0; s < subject_.count(); ++s) {
            subject_.fill(s, factors.first + done, inputs_.labels(), logits_.value(), seed_.data());
            tape_.backward(logits_, {seed_.data(), logits_.shape()});
            for (std::size_t l = 0; l < calls.size(); ++l) digests[l].take(s, tape_.gradient(calls[l].y));
        }
        for (auto& digest : digests) digest.finish(single_);
    }

    const Net& net_;
    const Dataset& data_;
    const C& corruption_;
    const Sweeps& subject_;
    NoisePlace place_;
    Batch<Scalar> inputs_;
    Tape<Scalar> tape_, single_;
    Variable<Scalar> logits_;
    std::vector<Scalar> seed_;
    std::vector<LayerPlan> plans_;
    std::size_t batch_ = 1;
};

}  // namespace pstar::detail
