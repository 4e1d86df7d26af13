#include <algorithm>
#include <numeric>

#include <pstar/rbm/contrastive_divergence.hpp>

#include "rbm_training/machine.hpp"

namespace bench {

namespace {

class PstarMachine : public Machine {
public:
    PstarMachine(const pstar::Matrix<float>& rows, bool persistent, std::size_t hidden, std::size_t sweeps)
        : rows_(rows),
          rbm_(static_cast<std::size_t>(rows.cols()), hidden, pstar::Seed{1}),
          learner_(rbm_, {.learning_rate = rbm_learning_rate, .cd_k = sweeps, .persistent = persistent}, rbm_batch),
          samples_(rbm_batch) {}

    void run(std::size_t steps) override {
        constexpr auto batch = static_cast<Eigen::Index>(rbm_batch);
        for (std::size_t s = 0; s < steps; ++s, first_ += batch) {
            if (first_ + batch > rows_.rows()) ++pass_, first_ = 0;
            auto v = learner_.batch(rbm_batch);
            v = rows_.middleRows(first_, batch);
            std::iota(samples_.begin(), samples_.end(), static_cast<std::uint32_t>(first_));
            pstar::GibbsDraws draws(pstar::Seed{1}, pass_, samples_);
            learner_.step(draws, draws);
        }
    }
    const pstar::Rbm<float>& rbm() const override { return rbm_; }

private:
    const pstar::Matrix<float>& rows_;
    pstar::Rbm<float> rbm_;
    pstar::ContrastiveDivergence<float> learner_;
    std::vector<std::uint32_t> samples_;
    Eigen::Index first_ = 0;
    std::uint32_t pass_ = 0;
};

}  // namespace

std::unique_ptr<Machine> pstar_machine(const pstar::Matrix<float>& rows, bool persistent, std::size_t hidden,
                                       std::size_t sweeps) {
    return std::make_unique<PstarMachine>(rows, persistent, hidden, sweeps);
}

}  // namespace bench
