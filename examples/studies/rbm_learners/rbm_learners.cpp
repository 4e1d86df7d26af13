/// Which learner knows binarised images best, and does its classifier gain? RBMs of `--components` hidden units learn
/// by CD-1, PCD, the centred gradient, many steps and parallel tempering; one row each, in learners.csv, too.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/data/load_data.hpp>
#include <pstar/data/pixels.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/rbm.hpp>

namespace {

struct Learner {
    std::string name;
    pstar::RbmOptions options;
};

/// What all have in common is `base`.
std::vector<Learner> learners_of(const pstar::RbmOptions& base) {
    std::vector<Learner> all;
    const auto add = [&](const std::string& name, const auto& change) {
        auto options = base;
        change(options);
        all.push_back({name, options});
    };
    const auto centred = [](pstar::RbmOptions& o) { o.centred = true; };
    const auto persistent = [](pstar::RbmOptions& o) { o.persistent = true; };
    const auto falling = [](pstar::RbmOptions& o) { o.schedule.decay = pstar::CosineDecay{.end = 0.01}; };
    add("CD-1", [](pstar::RbmOptions&) {});
    add("CD-1, centred", centred);
    add("CD-1, falling rate", falling);
    add("PCD-1", persistent);
    add("PCD-1, centred", [&](pstar::RbmOptions& o) { persistent(o), centred(o); });
    add("PCD-1, falling rate", [&](pstar::RbmOptions& o) { persistent(o), falling(o); });
    add("PCD-1 at 5 temperatures, falling rate",
        [&](pstar::RbmOptions& o) { persistent(o), falling(o), o.temperatures = 5; });
    // A step of 2,000 chains costs as much as dozens of CD-1's: fewer and larger steps, as far as they can go.
    add("PCD-5 of 2,000 chains, falling rate", [&](pstar::RbmOptions& o) {
        persistent(o), falling(o), o.cd_k = 5, o.chains = 2'000;
        o.batch_size *= 5, o.learning_rate *= 5;
    });
    return all;
}

/// Of all threads of this program.
double processor_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Trained and tested on images whose pixels are replaced with probability p.
struct Outcome {
    pstar::Rbm<float> rbm;
    double seconds;   ///< of processors, for the RBM's training
    double accuracy;  ///< of the classifier on its features
};
Outcome outcome_at(const pstar::TrainTest& data, double p, pstar::RbmOptions options) {
    const pstar::BinaryReplacement channel{.p = p};
    const double begun = processor_seconds();
    double ended = begun;
    options.on_pass = [&](const pstar::RbmPass&) { ended = processor_seconds(); };
    const auto fit = pstar::fit_rbm_classifier(data.train, channel, {.rbm = options});
    return {fit.classifier.rbm, ended - begun,
            pstar::evaluate(fit.classifier, data.test, channel, {.seed = options.seed}).accuracy};
}

void add_row(pstar::CsvWriter& csv, const pstar::TrainTest& data, const Learner& learner) {
    const pstar::ImageSource<pstar::BinaryReplacement> test(data.test, {.p = 0}, pstar::Seed{});
    const auto clean = outcome_at(data, 0, learner.options);
    const double taken = clean.seconds;
    const auto rows = pstar::visible_rows<float>(test);
    const pstar::Matrix<float> start = rows.topRows(std::min<Eigen::Index>(500, rows.rows()));
    const auto log_z = pstar::with_threads(learner.options.threads,
                                           [&] { return pstar::tuned_log_partition(clean.rbm, start, {.seed = 1}); });
    const auto found = pstar::mean_log_probability(clean.rbm, rows, log_z);
    std::vector<double> accuracies{clean.accuracy};
    for (const double p : {0.3, 0.6}) accuracies.push_back(outcome_at(data, p, learner.options).accuracy);
    const std::string status = log_z.status == pstar::AisStatus::estimated ? "estimated" : "not bounded";
    csv.row(learner.name, learner.options.seed, learner.options.rbm_n_iter, learner.options.learning_rate,
            learner.options.batch_size, taken, found.mean, found.data_error, log_z.standard_error,
            log_z.effective_chains, status, accuracies[0], accuracies[1], accuracies[2]);
    fmt::print("| {} | {} | {:.0f} s | {:.1f} ± {:.2f} ± {:.2f} | {:.0f} of 100, {} | {:.2f}% | {:.2f}% | {:.2f}% |\n",
               learner.name, learner.options.rbm_n_iter, taken, found.mean, found.data_error, log_z.standard_error,
               log_z.effective_chains, status, 100 * accuracies[0], 100 * accuracies[1], 100 * accuracies[2]);
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app(
        "Learners of RBMs on binarised images: log-probability of test images and accuracy of the classifier.");
    std::string data = "mnist", out = "learners.csv", only;
    pstar::RbmOptions base{.n_components = 500, .rbm_n_iter = 10, .learning_rate = 0.01, .threads = 2};
    app.add_option("--data", data, "folder of images, as MNIST's")->capture_default_str();
    app.add_option("--components", base.n_components, "hidden units")->capture_default_str();
    app.add_option("--n-iter", base.rbm_n_iter, "passes over the training images")->capture_default_str();
    app.add_option("--learning-rate", base.learning_rate, "step size")->capture_default_str();
    std::vector<std::string> names;
    for (const auto& learner : learners_of(base)) names.push_back(learner.name);
    app.add_option("--only", only, "the learner of this name alone")->check(CLI::IsMember(names));
    app.add_option("--seed", base.seed, "of weights, order and noise")->capture_default_str();
    app.add_option("--threads", base.threads, "0: all cores")->capture_default_str();
    app.add_option("--out", out, "the table as CSV")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        auto images = pstar::load_data(data);
        images.train = pstar::binarise(std::move(images.train));
        images.test = pstar::binarise(std::move(images.test));
        pstar::CsvWriter csv(out, {"learner", "seed", "passes", "learning_rate", "batch_size", "processor_seconds",
                                   "log_p_test", "log_p_test_stderr", "log_z_stderr", "effective_chains", "status",
                                   "accuracy_0", "accuracy_0.3", "accuracy_0.6"});
        for (const auto& learner : learners_of(base))
            if (only.empty() || learner.name == only) add_row(csv, images, learner);
        csv.commit();
    } catch (const std::exception& error) {
        fmt::print(stderr, "rbm_learners: {}\n", error.what());
        return 1;
    }
}
