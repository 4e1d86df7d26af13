#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/margin/runner_ups.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>

#include "margin_gradients/gradients.hpp"

namespace bench {

namespace {

class PstarMargins : public Margins {
public:
    PstarMargins(const pstar::Dataset& data, std::size_t width)
        : data_(data), net_({data.pixels(), width, width, data.classes}, pstar::Activation::relu, pstar::Seed{1}) {}

    void forward() override { sink_ += static_cast<float>(pstar::accuracy(net_, data_)); }
    void gradients() override {
        pstar::for_each_margin_gradient(net_, data_,
                                        [&](const pstar::MarginGradient<float>& image) { sink_ += image.gradient[0]; });
    }
    void report() override {
        sink_ += static_cast<float>(pstar::margin_report(net_, data_, channel).predicted_accuracy());
    }
    void all_runner_ups() override {
        sink_ += static_cast<float>(pstar::runner_up_report(net_, data_, channel).predicted_accuracy());
    }
    std::vector<float> first_gradients(std::size_t count) override {
        const auto gradients = pstar::margin_gradients(net_, pstar::take(data_, count));
        return {gradients.begin(), gradients.end()};
    }
    void save(const std::filesystem::path& checkpoint) const override {
        pstar::save_safetensors(checkpoint, net_.parameters().named());
    }

private:
    static constexpr pstar::Replacement channel{0.5};

    const pstar::Dataset& data_;
    pstar::Mlp<float> net_;
    float sink_ = 0;  // takes what is computed, so that the compiler leaves nothing out
};

}  // namespace

std::unique_ptr<Margins> pstar_margins(const pstar::Dataset& data, std::size_t width) {
    return std::make_unique<PstarMargins>(data, width);
}

}  // namespace bench
