// Tangent kernels probed by the runs of a sweep.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/tables.hpp>
#include <pstar/io/csv_reader.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/spectrum/alignment.hpp>

#include "catch.hpp"
#include "experiment/shorthand.hpp"

namespace kernel_probe_test {

namespace {

const pstar::TrainTest& digits() {
    static const auto data = pstar::synthetic_digits({.train = 200, .test = 100});
    return data;
}

pstar::ExperimentSettings settings(const pstar::KernelProbe& probe = {.subset = 12}) {
    return {.epochs = 1, .seed = pstar::Seed{5}, .kernel_probe = probe};
}

const pstar::RunKey run{.width = 8, .depth = 1, .train_samples = 200, .batch_size = 50, .strength = 0.5, .repeat = 1};

std::vector<double> eigenvalues(const std::optional<pstar::ProbedKernel>& kernel) {
    REQUIRE(kernel);
    return kernel->spectrum.eigenvalues;
}

}  // namespace

TEST_CASE("a probed kernel is that of the trained network on a subset of its seed's") {
    const auto result = shorthand::run_one(run, settings(), digits());
    const auto seed = pstar::repeat_seed(pstar::Seed{5}, 1);
    const pstar::Replacement channel{.p = 0.5};
    auto net = pstar::mlp<float>({784, 8, 10}, pstar::Activation::relu, seed);
    pstar::train(net, digits().train, channel, {.epochs = 1, .batch_size = 50, .seed = seed.value});
    const auto images = pstar::random_subset(digits().test, 12, seed);
    const auto clean = pstar::empirical_ntk(net, images, pstar::NtkOutput::true_class);
    const auto noisy = pstar::empirical_ntk(net, images, pstar::NtkOutput::true_class, channel, {.seed = seed.value});
    CHECK(eigenvalues(result.kernel) == pstar::spectrum(clean).eigenvalues);
    CHECK(eigenvalues(result.kernel_corrupted) == pstar::spectrum(noisy).eigenvalues);
    CHECK(result.kernel->label_alignment ==
          pstar::label_alignment(clean, {images.labels.data(), 12}, {.centred = true}));
    CHECK(result.test_accuracy == pstar::accuracy(net, digits().test));  // the probe changes nothing else
}

TEST_CASE("what is probed: outputs, inputs, and nothing unless asked") {
    const auto plain = shorthand::run_one(run, {.epochs = 1, .seed = pstar::Seed{5}}, digits());
    CHECK((!plain.kernel && !plain.kernel_corrupted));
    const auto clean = shorthand::run_one(run, settings({.subset = 6, .corrupted = false}), digits());
    CHECK(eigenvalues(clean.kernel).size() == 6);
    CHECK(!clean.kernel_corrupted);
    const auto noisy =
        shorthand::run_one(run, settings({.subset = 6, .output = pstar::NtkOutput::full, .clean = false}), digits());
    CHECK(!noisy.kernel);
    CHECK(eigenvalues(noisy.kernel_corrupted).size() == 60);
    // The full kernel's trace is the sum over classes, and so is that of the trace kernel.
    const auto trace =
        shorthand::run_one(run, settings({.subset = 6, .output = pstar::NtkOutput::trace, .clean = false}), digits());
    CHECK(trace.kernel_corrupted->spectrum.trace == Approx(noisy.kernel_corrupted->spectrum.trace).epsilon(1e-10));

    auto undisturbed = run;
    undisturbed.strength = 0;
    const auto same = shorthand::run_one(undisturbed, settings(), digits());
    CHECK(eigenvalues(same.kernel) == eigenvalues(same.kernel_corrupted));
    auto classical = run;
    classical.model = "softmax";
    CHECK(!shorthand::run_one(classical, settings(), digits()).kernel);
}

TEST_CASE("a probe that cannot be is refused") {
    CHECK_THROWS_WITH(shorthand::run_one(run, settings({.subset = 101}), digits()),
                      Catch::Contains("KernelProbe: subset (= 101) must be at most the number of test images, 100"));
    CHECK_THROWS_AS(shorthand::run_one(run, settings({.subset = 0}), digits()), std::invalid_argument);
    CHECK_THROWS_AS(shorthand::run_one(run, settings({.clean = false, .corrupted = false}), digits()),
                    std::invalid_argument);
}

TEST_CASE("a kernel comes back from a journal bit for bit, and a run without one has no word of it") {
    using Json = nlohmann::ordered_json;
    const auto result = shorthand::run_one(run, settings(), digits());
    const auto line = Json(result).dump();
    const auto back = Json::parse(line).get<pstar::RunResult>();
    CHECK(Json(back).dump() == line);
    CHECK(back.kernel->spectrum.effective_rank == result.kernel->spectrum.effective_rank);
    CHECK(back.kernel->spectrum.entropy == result.kernel->spectrum.entropy);
    CHECK(back.kernel->label_alignment == result.kernel->label_alignment);
    auto without = result;
    without.kernel.reset(), without.kernel_corrupted.reset();
    CHECK(Json(without).dump().find("kernel") == std::string::npos);

    pstar::ProbedKernel unknown{{}, pstar::Spectrum::undefined};
    unknown.spectrum.status = pstar::SpectrumStatus::not_converged;
    const auto read = Json::parse(Json(unknown).dump()).get<pstar::ProbedKernel>();
    CHECK(read.spectrum.status == pstar::SpectrumStatus::not_converged);
    CHECK(std::isnan(read.label_alignment));

    CHECK(shorthand::configuration({}, digits()).dump().find("kernel") == std::string::npos);
    const auto base = shorthand::configuration(settings(), digits());
    std::vector<pstar::KernelProbe> others(4, {.subset = 12});
    others[0].subset = 13;
    others[1].output = pstar::NtkOutput::trace;
    others[2].clean = false;
    others[3].corrupted = false;
    for (const auto& other : others) CHECK(shorthand::configuration(settings(other), digits()) != base);
}

TEST_CASE("runs.csv has the numbers of kernels where they were probed") {
    const auto path = std::filesystem::temp_directory_path() / ("pstar_probe_" + std::to_string(Catch::rngSeed()));
    const std::vector<pstar::RunKey> runs(2, run);
    std::vector<pstar::Outcome<pstar::RunResult>> outcomes(2);
    outcomes[0].value = shorthand::run_one(run, settings({.subset = 12, .corrupted = false}), digits());
    outcomes[1].error = "no memory";
    pstar::write_runs_csv(path, {settings(), runs, outcomes, 10, 100});
    const auto table = pstar::read_csv(path);
    const auto& spectrum = outcomes[0].value->kernel->spectrum;
    CHECK(table.numbers("ntk_rank")[0] == spectrum.effective_rank);
    CHECK(table.numbers("ntk_entropy")[0] == spectrum.entropy);
    const auto& all = spectrum.eigenvalues;
    CHECK(table.numbers("ntk_trace")[0] == Approx(std::accumulate(all.begin(), all.end(), 0.0)).epsilon(1e-12));
    CHECK(std::isnan(table.numbers("ntk_rank_corrupted")[0]));
    CHECK(std::isnan(table.numbers("ntk_trace")[1]));
    CHECK(table.header.back() == "seconds");
    pstar::write_runs_csv(path, {{.seed = pstar::Seed{5}}, runs, outcomes, 10, 100});
    CHECK(pstar::read_csv(path).header.size() == table.header.size() - 6);
    std::filesystem::remove(path);
}

TEST_CASE("a probe has its place in the costs") {
    const auto cost = [](const auto& how) { return shorthand::expected_cost(run, how, digits()); };
    const double without = cost(pstar::ExperimentSettings{.epochs = 1});
    CHECK(cost(settings({.subset = 50})) > without);
    CHECK(cost(settings({.subset = 50, .output = pstar::NtkOutput::full})) > 10 * cost(settings({.subset = 50})));
    const auto measured = [](const auto& how) { return shorthand::measure_cost(run, how, digits(), 0.001); };
    // 500 rows: four matrices of 2 MB; how long they take depends on the host
    const auto with_full = measured(settings({.subset = 50, .output = pstar::NtkOutput::full}));
    const auto with_none = measured(pstar::ExperimentSettings{.epochs = 1});
    CHECK(with_full.bytes == with_none.bytes + 4 * 8 * 500.0 * 500.0);
    CHECK(with_full.seconds > 0);
}

}  // namespace kernel_probe_test
