#include <utility>

#include <pstar/data/subset.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/spectrum/spectrum.hpp>

#include "ntk/kernels.hpp"

namespace bench {

namespace {

template <pstar::Network Net>
class PstarKernels : public Kernels {
public:
    PstarKernels(const pstar::Dataset& data, Net net) : data_(data), net_(std::move(net)) {}

    void full(std::size_t count, bool in_double) override { sink_ += kernel(count, in_double)(0, 0); }
    void true_class_spectrum(std::size_t count) override {
        const auto k = pstar::empirical_ntk(net_, pstar::take(data_, count), pstar::NtkOutput::true_class);
        sink_ += pstar::spectrum(k).effective_rank;
    }
    std::vector<double> full_elements(std::size_t count, bool in_double) override {
        const auto k = kernel(count, in_double);
        return {k.begin(), k.end()};
    }
    void save(const std::filesystem::path& checkpoint) const override {
        pstar::save_safetensors(checkpoint, net_.parameters().named());
    }

private:
    pstar::Tensor<double, 2> kernel(std::size_t count, bool in_double) const {
        const auto products = in_double ? pstar::NtkProducts::in_double : pstar::NtkProducts::as_network;
        return pstar::empirical_ntk(net_, pstar::take(data_, count), pstar::NtkOutput::full, pstar::Identity{},
                                    {.products = products});
    }

    const pstar::Dataset& data_;
    Net net_;
    double sink_ = 0;  // takes what is computed, so that the compiler leaves nothing out
};

}  // namespace

std::unique_ptr<Kernels> pstar_mlp_kernels(const pstar::Dataset& data, std::size_t width) {
    return std::make_unique<PstarKernels<pstar::Mlp<float>>>(
        data, pstar::mlp<float>({data.pixels(), width, width, data.classes}, pstar::Activation::relu, pstar::Seed{1}));
}
std::unique_ptr<Kernels> pstar_cnn_kernels(const pstar::Dataset& data, std::size_t channels) {
    return std::make_unique<PstarKernels<pstar::Cnn<float>>>(
        data, pstar::cnn<float>({.channels = channels}, pstar::Activation::relu, pstar::Seed{1}));
}

}  // namespace bench
