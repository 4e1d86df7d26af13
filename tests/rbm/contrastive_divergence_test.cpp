#include <pstar/rbm/contrastive_divergence.hpp>
#include <pstar/rbm/log_partition.hpp>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <vector>

#include "catch.hpp"
#include "rbm/enumeration.hpp"

namespace contrastive_divergence_test {

using namespace pstar;
using namespace pstar::tests;

namespace {

/// Draws that make every unit with a chance of more than u fire, whatever it is.
struct SameWord {
    std::uint32_t word = 0;
    void fill(std::size_t, std::span<std::uint32_t> words) const { std::fill(words.begin(), words.end(), word); }
    void advance(std::size_t) const {}
};

/// The mean log-likelihood of data, by enumeration.
double log_likelihood(const Rbm<double>& rbm, const std::vector<std::size_t>& data) {
    const auto rows = rows_of_states(data, rbm.weights.rows());
    const auto values = log_probabilities(rbm, rows, log_partition(rbm));
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The change that one step on `data` makes.
struct Step {
    Matrix<double> weights;
    Vector<double> visible, hidden;
};
template <class Draws>
Step change_of(const Rbm<double>& start, const LearningRule& rule, const Matrix<double>& data, std::size_t batch_size,
               Draws draws, Draws chain_draws) {
    auto rbm = start;
    ContrastiveDivergence<double> learner(rbm, rule, batch_size);
    auto batch = learner.batch(static_cast<std::size_t>(data.rows()));
    batch = data;
    learner.step(draws, chain_draws);
    return {rbm.weights - start.weights, rbm.visible_bias - start.visible_bias, rbm.hidden_bias - start.hidden_bias};
}

}  // namespace

TEST_CASE("the exact gradient of the log-likelihood is what CD-k tends to") {
    // <v h>_data - <v h>_model by enumeration against central differences of the exact log-likelihood.
    auto rbm = random_rbm(4, 3, 17, 0.7);
    const std::vector<std::size_t> data{3, 3, 9, 14, 0};
    const auto change = expected_divergence(rbm, data, 2000);  // the chain has long forgotten its start
    auto probe = rbm;
    const auto check = [&](double found, double& parameter) {
        const double h = 1e-5, centre = parameter;
        parameter = centre + h;
        const double up = log_likelihood(probe, data);
        parameter = centre - h;
        const double down = log_likelihood(probe, data);
        parameter = centre;
        CHECK(found == Approx((up - down) / (2 * h)).margin(1e-9));
    };
    for (Eigen::Index i = 0; i < 4; ++i) {
        check(change.visible[i], probe.visible_bias[i]);
        for (Eigen::Index j = 0; j < 3; ++j) check(change.weights(i, j), probe.weights(i, j));
    }
    for (Eigen::Index j = 0; j < 3; ++j) check(change.hidden[j], probe.hidden_bias[j]);
}

TEST_CASE("a step of CD-k is on average its exact expectation", "[long]") {
    const auto rbm = random_rbm(4, 3, 23);
    const std::vector<std::size_t> data{3, 9, 14};
    // Many copies of the three samples in one batch: the mean over the batch is a mean over as many independent chains.
    constexpr Eigen::Index copies = 40'000;
    const Matrix<double> rows = rows_of_states(data, 4).replicate(copies, 1);
    std::vector<std::uint32_t> numbers(static_cast<std::size_t>(rows.rows()));
    std::iota(numbers.begin(), numbers.end(), 0U);
    // Given v_0, a row's v_k h_k and (sampled) v_0 h_0 lie in [0, 1]: a variance of at most 1/4 each; five standard
    // errors.
    const double bound = 5 * std::sqrt(0.5 / (3.0 * copies));
    for (const std::size_t k : {1, 2, 5}) {
        const auto expected = expected_divergence(rbm, data, k);
        for (const auto last : {LastStep::mean_field, LastStep::sampled}) {
            const LearningRule rule{.learning_rate = 1, .cd_k = k, .last_step = last};
            const GibbsDraws draws(Seed{k}, 0, numbers);
            const auto found = change_of(rbm, rule, rows, numbers.size(), draws, draws);
            CHECK((found.weights - expected.weights).cwiseAbs().maxCoeff() < bound);
            CHECK((found.visible - expected.visible).cwiseAbs().maxCoeff() < bound);
            CHECK((found.hidden - expected.hidden).cwiseAbs().maxCoeff() < bound);
        }
    }
    // The bound differs between values of k.
    const auto one = expected_divergence(rbm, data, 1), two = expected_divergence(rbm, data, 2);
    CHECK((one.weights - two.weights).cwiseAbs().maxCoeff() > 2 * bound);
}

TEST_CASE("mean-field statistics vary less than sampled ones") {
    const auto rbm = random_rbm(4, 3, 29);
    const Matrix<double> row = state(9, 4).transpose();
    const auto variance = [&](LastStep last) {
        const LearningRule rule{.learning_rate = 1, .last_step = last};
        double sum = 0;
        const auto mean = expected_divergence(rbm, {9}, 1);
        for (std::uint32_t n = 0; n < 2000; ++n) {
            const std::vector<std::uint32_t> number{n};
            const GibbsDraws draws(Seed{1}, 0, number);
            sum += (change_of(rbm, rule, row, 1, draws, draws).weights - mean.weights).squaredNorm() / 2000;
        }
        return sum;
    };
    CHECK(variance(LastStep::mean_field) < 0.8 * variance(LastStep::sampled));
}

TEST_CASE("short batches, momentum and weight decay follow the rule") {
    // All words zero: every unit fires, so v_k is all ones and the step can be written down.
    const auto rbm = random_rbm(3, 2, 31);
    Matrix<double> data(2, 3);
    data << 0, 0.25, 1, 1, 0, 0.5;
    const Matrix<double> ones = Matrix<double>::Ones(1, 3);
    const auto update = [&](const Rbm<double>& at) -> Step {
        const auto h0 = hidden_probabilities(at, data), hk = hidden_probabilities(at, ones);
        return {data.transpose() * h0 / 2 - ones.transpose() * hk, (data.colwise().mean() - ones).transpose(),
                (h0.colwise().mean() - hk).transpose()};
    };
    const LearningRule rule{.learning_rate = 0.3, .momentum = 0.9, .weight_decay = 0.01};
    for (const bool persistent : {false, true})
        for (const std::size_t batch_size : {2, 7}) {  // 7: the batch is a short one; seven chains then, if persistent
            auto learnt = rbm;
            auto changed = rule;
            changed.persistent = persistent;
            ContrastiveDivergence<double> learner(learnt, changed, batch_size);
            auto expected = rbm;
            Change change(rbm);
            for (int step = 0; step < 3; ++step) {
                auto batch = learner.batch(2);
                batch = data;
                SameWord draws, chain_draws;
                learner.step(draws, chain_draws);
                const auto gradient = update(expected);
                change.weights = 0.9 * change.weights + 0.3 * (gradient.weights - 0.01 * expected.weights);
                change.visible = 0.9 * change.visible + 0.3 * gradient.visible;
                change.hidden = 0.9 * change.hidden + 0.3 * gradient.hidden;
                expected.weights += change.weights;
                expected.visible_bias += change.visible;
                expected.hidden_bias += change.hidden;
                CHECK((learnt.weights - expected.weights).cwiseAbs().maxCoeff() < 1e-14);
                CHECK((learnt.visible_bias - expected.visible_bias).cwiseAbs().maxCoeff() < 1e-14);
                CHECK((learnt.hidden_bias - expected.hidden_bias).cwiseAbs().maxCoeff() < 1e-14);
            }
        }
}

TEST_CASE("persistent chains continue from step to step until they follow the RBM") {
    // Nothing is learnt (a rate of 1e-12): after 50 sweeps the chains' mean is the RBM's.
    const auto rbm = random_rbm(4, 3, 37, 0.5);
    constexpr std::size_t chains = 20'000;
    auto copy = rbm;
    ContrastiveDivergence<double> learner(copy, {.learning_rate = 1e-12, .persistent = true}, chains);
    std::vector<std::uint32_t> numbers(chains);
    std::iota(numbers.begin(), numbers.end(), 0U);
    GibbsDraws draws(Seed{1}, 0, numbers), chain_draws(Seed{2}, 0, numbers);
    for (int step = 0; step < 50; ++step) {
        learner.batch(1).setZero();
        learner.step(draws, chain_draws);
    }
    const auto before = copy.visible_bias;
    learner.batch(1).setZero();
    learner.step(draws, chain_draws);
    const Vector<double> mean = -(copy.visible_bias - before) / 1e-12;
    const Vector<double> p = joint(rbm).rowwise().sum();
    const Vector<double> expected = all_states(4).transpose() * p;
    CHECK((mean - expected).cwiseAbs().maxCoeff() < 5 * 0.5 / std::sqrt(chains) + 1e-3);  // and rounding of 1e-12 steps
}

TEST_CASE("persistent chains may be more or fewer than a batch has rows, and tempered", "[long]") {
    // Nothing is learnt: the step's negative part is the mean over chains that follow the RBM.
    const auto rbm = random_rbm(4, 3, 37, 1.5);
    const Matrix<double> p = joint(rbm), v = all_states(4), h = all_states(3);
    const Matrix<double> exact = v.transpose() * p * h;  // <v h> of the RBM
    for (const std::size_t temperatures : {1, 4}) {
        constexpr std::size_t chains = 20'000;
        auto copy = rbm;
        const LearningRule rule{
            .learning_rate = 1e-9, .cd_k = 60, .persistent = true, .chains = chains, .temperatures = temperatures};
        ContrastiveDivergence<double> learner(copy, rule, 3);
        REQUIRE(learner.chain_rows() == chains * temperatures);
        std::vector<std::uint32_t> numbers(learner.chain_rows());
        std::iota(numbers.begin(), numbers.end(), 0U);
        GibbsDraws draws(Seed{1}, 0, numbers), chain_draws(Seed{2}, 0, numbers);
        learner.batch(2).setZero();
        learner.step(draws, chain_draws);
        const Matrix<double> found = -(copy.weights - rbm.weights) / 1e-9;
        CHECK((found - exact).cwiseAbs().maxCoeff() < 5 * 0.5 / std::sqrt(chains));
    }
    auto copy = rbm;
    CHECK_THROWS_AS(ContrastiveDivergence<double>(copy, {.temperatures = 2}, 3), std::invalid_argument);
    CHECK_THROWS_AS(ContrastiveDivergence<double>(copy, {.persistent = true, .temperatures = 0}, 3),
                    std::invalid_argument);
}

TEST_CASE("the centred step is the gradient in units less their offsets") {
    const auto rbm = random_rbm(3, 2, 31);
    Matrix<double> data(2, 3);
    data << 0, 0.25, 1, 1, 0, 0.5;
    const Matrix<double> ones = Matrix<double>::Ones(1, 3);
    const LearningRule rule{
        .learning_rate = 0.3, .momentum = 0.9, .weight_decay = 0.01, .centred = true, .offset_rate = 0.25};
    for (const bool persistent : {false, true}) {
        auto learnt = rbm, expected = rbm;
        auto changed = rule;
        changed.persistent = persistent;
        ContrastiveDivergence<double> learner(learnt, changed, 2);
        Change change(rbm);
        Vector<double> mu, lambda;
        for (int step = 0; step < 3; ++step) {
            auto batch = learner.batch(2);
            batch = data;
            SameWord draws, chain_draws;  // every unit fires
            learner.step(draws, chain_draws);

            const auto h0 = hidden_probabilities(expected, data), hk = hidden_probabilities(expected, ones);
            const Vector<double> of_v = data.colwise().mean().transpose(), of_h = h0.colwise().mean().transpose();
            mu = step == 0 ? of_v : Vector<double>(0.75 * mu + 0.25 * of_v);
            lambda = step == 0 ? of_h : Vector<double>(0.75 * lambda + 0.25 * of_h);
            const auto centred = [&](const Matrix<double>& v, const Matrix<double>& h) {
                return Matrix<double>((v.rowwise() - mu.transpose()).transpose() * (h.rowwise() - lambda.transpose()) /
                                      static_cast<double>(v.rows()));
            };
            const Matrix<double> w = centred(data, h0) - centred(ones, hk);
            const Vector<double> b = of_v - ones.transpose() - w * lambda,
                                 c = of_h - hk.transpose() - w.transpose() * mu;
            change.weights = 0.9 * change.weights + 0.3 * (w - 0.01 * expected.weights);
            change.visible = 0.9 * change.visible + 0.3 * b;
            change.hidden = 0.9 * change.hidden + 0.3 * c;
            expected.weights += change.weights;
            expected.visible_bias += change.visible;
            expected.hidden_bias += change.hidden;
            CHECK((learnt.weights - expected.weights).cwiseAbs().maxCoeff() < 1e-14);
            CHECK((learnt.visible_bias - expected.visible_bias).cwiseAbs().maxCoeff() < 1e-14);
            CHECK((learnt.hidden_bias - expected.hidden_bias).cwiseAbs().maxCoeff() < 1e-14);
        }
    }
}

namespace {

/// GibbsDraws whose visible units, `visible` in number, fire where those of `draws` do not.
struct FlippedDraws {
    GibbsDraws draws;
    std::size_t visible;
    bool flipped;
    void fill(std::size_t row, std::span<std::uint32_t> words) const {
        draws.fill(row, words);
        if (flipped && words.size() == visible)
            for (auto& word : words) word = ~word;
    }
    void advance(std::size_t units) { draws.advance(units); }
};

/// The same RBM of 1 - v: -b.v = b.(1 - v) + const, -v.W h = (1 - v).W h - (sum_i W_i).h
Rbm<double> flipped_rbm(Rbm<double> rbm) {
    rbm.hidden_bias += rbm.weights.colwise().sum().transpose();
    rbm.weights *= -1;
    rbm.visible_bias *= -1;
    return rbm;
}

}  // namespace

TEST_CASE("what is learnt by the centred gradient does not depend on which value of a pixel is called 1") {
    RandomSequence next({Seed{6}});
    Matrix<double> rows(40, 5);
    for (Eigen::Index i = 0; i < rows.size(); ++i) rows.data()[i] = next.uniform() < 0.2 ? 1 : 0;
    const Matrix<double> flipped_rows = 1 - rows.array();
    const auto learn = [&](bool flipped, bool centred, bool persistent) {
        auto rbm = flipped ? flipped_rbm(random_rbm(5, 3, 7)) : random_rbm(5, 3, 7);
        ContrastiveDivergence<double> learner(
            rbm, {.learning_rate = 0.1, .cd_k = 2, .persistent = persistent, .momentum = 0.5, .centred = centred}, 40);
        std::vector<std::uint32_t> numbers(40);
        std::iota(numbers.begin(), numbers.end(), 0U);
        for (std::uint32_t step = 0; step < 50; ++step) {
            auto batch = learner.batch(40);
            batch = flipped ? flipped_rows : rows;
            FlippedDraws draws{GibbsDraws(Seed{3}, step, numbers), 5, flipped}, chain_draws = draws;
            learner.step(draws, chain_draws);
        }
        return flipped ? flipped_rbm(rbm) : rbm;
    };
    for (const bool persistent : {false, true}) {
        const auto here = learn(false, true, persistent), there = learn(true, true, persistent);
        CHECK((here.weights - there.weights).cwiseAbs().maxCoeff() < 1e-9);
        CHECK((here.visible_bias - there.visible_bias).cwiseAbs().maxCoeff() < 1e-9);
        CHECK((here.hidden_bias - there.hidden_bias).cwiseAbs().maxCoeff() < 1e-9);
        CHECK((here.weights - random_rbm(5, 3, 7).weights).cwiseAbs().maxCoeff() > 0.1);
        const auto plain = learn(false, false, persistent), other = learn(true, false, persistent);
        CHECK((plain.weights - other.weights).cwiseAbs().maxCoeff() > 1e-3);
    }
}

namespace {

/// NumPy's RandomState: 53-bit uniforms, normals by Marsaglia's polar method.
class NumpyRandom {
public:
    explicit NumpyRandom(std::uint32_t seed) : next_(seed) {}
    double uniform() {
        const std::uint64_t a = next_() >> 5, b = next_() >> 6;
        return static_cast<double>(a * 67108864 + b) / 9007199254740992.0;
    }
    double normal() {
        if (kept_) {
            kept_ = false;
            return spare_;
        }
        double x, y, r;
        do {
            x = 2 * uniform() - 1;
            y = 2 * uniform() - 1;
            r = x * x + y * y;
        } while (r >= 1 || r == 0);
        const double f = std::sqrt(-2 * std::log(r) / r);
        spare_ = f * x;
        kept_ = true;
        return f * y;
    }
    // As draws of units: the leading 32 bits of each uniform.
    void fill(std::size_t, std::span<std::uint32_t> words) {
        for (auto& word : words) word = static_cast<std::uint32_t>(uniform() * 0x1p32);
    }
    void advance(std::size_t) const {}

private:
    std::mt19937 next_;
    bool kept_ = false;
    double spare_ = 0;
};

}  // namespace

TEST_CASE("PCD-1 on scikit-learn's random numbers gives scikit-learn's RBM") {
    // test_fit_gibbs of scikit-learn: X = {0, 1}, two components, batches of two, 42 passes, rate 0.1, seed 42.
    NumpyRandom random(42);
    Rbm<double> rbm(1, 2);
    for (Eigen::Index j = 0; j < 2; ++j) rbm.weights(0, j) = 0.01 * random.normal();
    ContrastiveDivergence<double> learner(rbm, {.learning_rate = 0.1, .persistent = true}, 2);
    for (int pass = 0; pass < 42; ++pass) {
        auto batch = learner.batch(2);
        batch << 0, 1;
        learner.step(random, random);
    }
    CHECK(rbm.weights(0, 0) == Approx(0.0264981400102647).margin(1e-14));
    CHECK(rbm.weights(0, 1) == Approx(0.0200908437753011).margin(1e-14));
    CHECK(rbm.hidden_bias[0] == Approx(-0.0034201378138802).margin(1e-14));
    CHECK(rbm.hidden_bias[1] == Approx(-0.0034886826419056).margin(1e-14));
    CHECK(rbm.visible_bias[0] == Approx(0.05).margin(1e-14));
}

}  // namespace contrastive_divergence_test
