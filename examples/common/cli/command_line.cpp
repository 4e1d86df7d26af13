#include "common/cli/command_line.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <limits>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "common/cli/shard_flag.hpp"
#include "common/cli/strength_list.hpp"
#include "common/cli/text.hpp"
#include "common/cli/usage_error.hpp"
#include "common/cli/validators.hpp"
#include "common/run/workers.hpp"

namespace study {
namespace {

const std::vector<std::string> activations{"relu", "tanh", "sigmoid", "leaky_relu", "gelu", "linear", "square"};

std::vector<double> usual_strengths(const std::string& channel) {
    if (channel == "additive") return {0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12};
    return {0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1};
}

/// What the command line says in words of its own, read once it is known which flags there are.
struct Words {
    std::string strength, repeats, shard, merge;
};

void add_data(CLI::App& app, Flags& flags) {
    const std::string group = "Data";
    app.add_option("--data", flags.data, "synthetic, or a folder with the four IDX files of MNIST")
        ->capture_default_str()
        ->type_name("synthetic|DIR")
        ->group(group);
    app.add_option("--train", flags.train, "training images, the first so many [20000 synthetic, or the folder's]")
        ->delimiter(',')
        ->check(count())
        ->type_name("LIST")
        ->group(group);
    const auto usual = flags.test ? std::to_string(*flags.test) : "5000 synthetic, or all of the folder's";
    app.add_option("--test", flags.test, "test images [" + usual + "]")->check(count())->type_name("N")->group(group);
}

/// Adds flags that take one of some words to a group of the help.
auto word_adder(CLI::App& app, const std::string& group) {
    return [&app, group](const char* name, std::string& value, const std::vector<std::string>& allowed,
                         const std::string& text) {
        app.add_option(name, value, text)
            ->capture_default_str()
            ->check(one_of(allowed))
            ->type_name("WORD")
            ->group(group);
    };
}

void add_corruption(CLI::App& app, Flags& flags, Words& words) {
    const std::string group = "Corruption";
    const auto word = word_adder(app, group);
    word("--channel", flags.channel, {"replacement", "additive", "binary"},
         "replacement, additive or binary (binarises the images first)");
    std::vector<std::string> usual;
    for (const double strength : flags.strength) usual.push_back(decimal(strength));
    app.add_option("--strength", words.strength,
                   fmt::format("p, or sigma if additive: 0:1:0.1 or 0,0.5,0.9,1 [{}]",
                               usual.empty() ? "denser near the knee" : joined(usual)))
        ->type_name("LIST")
        ->group(group);
    word("--noise", flags.noise, {"common", "independent"}, "common: strengths share their uniforms; or independent");
    word("--evaluate", flags.evaluate, {"clean", "corrupted", "both"}, "test images clean, corrupted or both");
}

void add_machine(CLI::App& app, RbmFlags& rbm) {
    const std::string group = "Restricted Boltzmann machine, softmax regression";
    const auto number = [&](const char* name, std::size_t& value, const char* text) {
        app.add_option(name, value, text)->capture_default_str()->check(count())->type_name("N")->group(group);
    };
    app.add_option("--components", rbm.components, "hidden units of the machine, a comma list")
        ->capture_default_str()
        ->delimiter(',')
        ->check(count())
        ->type_name("LIST")
        ->group(group);
    number("--rbm-n-iter", rbm.n_iter, "passes over the training images");
    app.add_option("--rbm-learning-rate", rbm.learning_rate, "step size of the machine")
        ->capture_default_str()
        ->check(within(0, std::numeric_limits<double>::infinity(), true, "be positive"))
        ->type_name("X")
        ->group(group);
    number("--rbm-batch-size", rbm.batch_size, "images a step of the machine");
    number("--cd-k", rbm.cd_k, "Gibbs sweeps a step");
    app.add_flag("--persistent", rbm.persistent, "chains go on from step to step (PCD)")->group(group);
    number("--classifier-max-iter", rbm.classifier_max_iter,
           "iterations of softmax regression, on features and on pixels, at most");
    app.add_option("--ais-temperatures", rbm.ais_temperatures,
                   "annealing steps of log Z, for log-probabilities of test images; 0: none")
        ->capture_default_str()
        ->check(must("be 0 or a whole number of at least 29",
                     [](const std::string& word) {
                         const auto value = whole_number(word);
                         return value && (*value == 0 || *value >= 29);
                     }))
        ->type_name("N")
        ->group(group);
}

void add_kernel(CLI::App& app, KernelFlags& kernel) {
    const std::string group = "Tangent kernel";
    const auto word = word_adder(app, group);
    app.add_option("--subset", kernel.subset, "test images, drawn at random for each seed")
        ->capture_default_str()
        ->check(count())
        ->type_name("N")
        ->group(group);
    word("--output", kernel.output, {"true", "trace", "full"},
         "true: of each image's own class; trace: sum over classes; full: all classes by all");
    word("--inputs", kernel.inputs, {"clean", "corrupted", "both"}, "the images clean, corrupted or both");
}

/// The kind of network, where a study has one kind. A study of networks' kernels has no use for kernels alone.
void add_kind(CLI::App& app, Flags& flags, const std::string& group) {
    std::vector<std::string> kinds{"mlp", "cnn"};
    if (!flags.kernel) kinds.emplace_back("ntk");
    word_adder(app, group)(
        "--arch", flags.arch, kinds,
        flags.kernel ? "mlp or cnn" : "mlp, cnn or ntk: kernel ridge regression with the tangent kernel of wide mlps");
    if (flags.kernel) return;
    app.add_option("--ridge", flags.ridge, "of --arch ntk, in units of the kernel's mean diagonal")
        ->capture_default_str()
        ->check(within(0, std::numeric_limits<double>::infinity(), true, "be positive"))
        ->type_name("X")
        ->group(group);
}

void add_network(CLI::App& app, Flags& flags) {
    const std::string group = "Network";
    const bool both_kinds = !flags.channels.empty(), mlps_alone = both_kinds || flags.rbm;
    const bool may_be_infinite = !mlps_alone && !flags.kernel;
    if (flags.rbm) add_machine(app, *flags.rbm);
    if (flags.kernel) add_kernel(app, *flags.kernel);
    if (both_kinds)
        app.add_option("--channels", flags.channels, "channels of the first of a cnn's two blocks, a comma list")
            ->capture_default_str()
            ->delimiter(',')
            ->check(count())
            ->type_name("LIST")
            ->group(group);
    if (!mlps_alone) add_kind(app, flags, group);
    app.add_option("--width", flags.width,
                   mlps_alone        ? "units of an mlp's hidden layer, a comma list"
                   : may_be_infinite ? "units of a hidden layer, or channels of a cnn's first block; a comma list [0, "
                                       "infinite, for ntk]"
                                     : "units of a hidden layer, or channels of a cnn's first block; a comma list")
        ->capture_default_str()
        ->delimiter(',')
        ->check(may_be_infinite ? whole() : count())
        ->type_name("LIST")
        ->group(group);
    app.add_option(
           "--depth", flags.depth,
           mlps_alone ? "hidden layers of the mlps [1]" : "hidden layers [1], or blocks of a cnn [2]; a comma list")
        ->delimiter(',')
        ->check(count())
        ->type_name("LIST")
        ->group(group);
    app.add_option("--activation", flags.activation, "comma list of " + joined(activations))
        ->capture_default_str()
        ->delimiter(',')
        ->check(one_of(activations))
        ->type_name("LIST")
        ->group(group);
}

void add_training(CLI::App& app, Flags& flags) {
    const std::string group = "Training";
    app.add_option("--epochs", flags.epochs, "passes over the training images")
        ->capture_default_str()
        ->check(count())
        ->type_name("N")
        ->group(group);
    app.add_option("--batch-size", flags.batch_size, "images a step, a comma list")
        ->capture_default_str()
        ->delimiter(',')
        ->check(count())
        ->type_name("LIST")
        ->group(group);
    const auto word = [&](const char* name, std::string& value, const std::vector<std::string>& allowed) {
        app.add_option(name, value, enumerated(allowed, "or"))
            ->capture_default_str()
            ->check(one_of(allowed))
            ->type_name("WORD")
            ->group(group);
    };
    const auto number_of = [&](const char* name, double& value, const char* text) {
        return app.add_option(name, value, text)->type_name("X")->group(group);
    };
    constexpr double infinity = std::numeric_limits<double>::infinity();
    word("--optimizer", flags.optimizer, {"adam", "sgd"});
    number_of("--learning-rate", flags.learning_rate, "step size [0.001 for adam, 0.05 for sgd]")
        ->check(within(0, infinity, true, "be positive"));
    number_of("--momentum", flags.momentum, "of sgd, in [0, 1)")
        ->capture_default_str()
        ->check(within(0, 1, false, "lie in [0, 1)"));
    number_of("--weight-decay", flags.weight_decay, "L2 penalty")
        ->capture_default_str()
        ->check(within(0, infinity, false, "be at least 0"));
    word("--loss", flags.loss, {"cross_entropy", "softmax_mse"});
}

void add_study(CLI::App& app, Flags& flags, Words& words) {
    const std::string group = "Study";
    app.add_option("--repeats", words.repeats,
                   "seeds of every point; 10:100 with --until-stderr: 10, and up to 100 where it is still noisy")
        ->default_str(to_string(flags.repeats))
        ->type_name("N|MIN:MAX")
        ->group(group);
    app.add_option("--until-stderr", flags.repeats.until_error,
                   "add seeds to a point until the standard error of its accuracies is at most this")
        ->check(within(0, 1, true, "lie between 0 and 1"))
        ->type_name("X")
        ->group(group);
    if (flags.draws)
        app.add_option("--draws", flags.draws, fmt::format("corrupted versions of each test image [{}]", *flags.draws))
            ->check(must("be a whole number of at least 2",
                         [](const std::string& word) { return whole_number(word).value_or(0) >= 2; }))
            ->type_name("N")
            ->group(group);
    app.add_option("--seed", flags.seed, "the master seed: everything random follows from it")
        ->capture_default_str()
        ->check(whole())
        ->type_name("N")
        ->group(group);
    app.add_option("--out", flags.out, "folder for the results; made if missing; the same study goes on there")
        ->capture_default_str()
        ->type_name("DIR")
        ->group(group);
}

void add_running(CLI::App& app, Flags& flags, Words& words) {
    const std::string group = "Running (changes no number)";
    app.add_option("--executor", flags.executor, "threads, serial or mpi [mpi under mpirun, else threads]")
        ->check(one_of({"threads", "serial", "mpi"}))
        ->type_name("WORD")
        ->group(group);
    app.add_option("--threads", flags.threads, "runs at once [one a core; with mpi, of each process, 1]")
        ->check(count())
        ->type_name("N")
        ->group(group);
    const std::string in_parts = flags.in_one_go ? "" : group;  // without a group `--help` leaves a flag out
    app.add_option("--shard", words.shard, "only part I of N, for an array of jobs; counts from 0 or from 1")
        ->type_name("I/N")
        ->group(in_parts);
    app.add_option("--merge", words.merge,
                   "run nothing; collect the parts in --out, or these journals and folders, a comma list")
        ->expected(0, 1)
        ->type_name("[LIST]")
        ->group(in_parts);
    app.add_flag("--retry-failed", flags.retry_failed, "run again what the journal says has failed")->group(group);
    app.add_flag("--dry-run", flags.dry_run, "write nothing; say how many runs, how long, how much memory")
        ->group(in_parts);
}

/// What the flags' own checks cannot see.
void check_together(const Flags& flags) {
    if (flags.channel != "additive")
        for (const double p : flags.strength)
            if (p > 1)
                throw UsageError("--strength: p (= " + decimal(p) + ") must lie in [0, 1] for --channel " +
                                 flags.channel);
    if (flags.out.empty()) throw UsageError("--out: name a folder for the results");
    const auto check_once = [](const char* flag, auto values) {
        std::ranges::sort(values);
        if (std::ranges::adjacent_find(values) != values.end())
            throw UsageError(fmt::format("{}: a value occurs twice; name each once", flag));
    };
    check_once("--train", flags.train);
    check_once("--width", flags.width);
    check_once("--channels", flags.channels);
    check_once("--depth", flags.depth);
    check_once("--activation", flags.activation);
    check_once("--batch-size", flags.batch_size);
    if ((!flags.channels.empty() || flags.rbm) && flags.depth.size() > 1)
        throw UsageError("--depth: name one depth, that of all mlps");
    if (flags.rbm) check_once("--components", flags.rbm->components);
    if (flags.rbm && flags.activation.size() > 1) throw UsageError("--activation: name one, that of all mlps");
    if (flags.rbm && flags.batch_size.size() > 1)
        throw UsageError("--batch-size: name one size, that of all mlps; --rbm-batch-size is the machine's");
    const auto& repeats = flags.repeats;
    if (repeats.is_adaptive() && repeats.until_error == 0)
        throw UsageError(fmt::format("--repeats {}: add --until-stderr 1e-3, the standard error that is small enough",
                                     to_string(repeats)));
    if (!repeats.is_adaptive() && repeats.until_error > 0)
        throw UsageError(
            fmt::format("--until-stderr: write --repeats {}:{} as well, the fewest and the most seeds of a point",
                        std::max<std::size_t>(2, repeats.most), 10 * repeats.most));
}

/// What concerns kernel ridge regression, or nothing else; gives it its usual width.
void complete_kind(const CLI::App& app, Flags& flags) {
    if (flags.arch != "ntk") {
        if (std::ranges::count(flags.width, std::size_t{0}) > 0)
            throw UsageError("--width: '0' must be a whole number of at least 1; 0, infinite, is for --arch ntk");
        if (const auto* ridge = app.get_option_no_throw("--ridge"); ridge && ridge->count() > 0)
            throw UsageError("--ridge: is for --arch ntk");
        return;
    }
    if (app.count("--width") == 0) flags.width = {0};
    if (flags.activation != std::vector<std::string>{"relu"})
        throw UsageError("--activation: --arch ntk has the kernel of relu networks alone");
    if (flags.batch_size.size() > 1) throw UsageError("--batch-size: says nothing of --arch ntk, name one");
}

void check_running(const Flags& flags) {
    if (flags.executor == "serial" && flags.threads > 1)
        throw UsageError(fmt::format("--threads {}: --executor serial runs one at a time", flags.threads));
    if (flags.merge && flags.shard) throw UsageError("--merge collects all parts; leave out --shard");
    if (flags.merge && flags.dry_run) throw UsageError("--merge runs nothing; leave out --dry-run");
}

/// Completes what the command line left open.
void complete(Flags& flags, const Words& words) {
    if (!words.strength.empty()) flags.strength = parse_strengths(words.strength);
    if (flags.strength.empty()) flags.strength = usual_strengths(flags.channel);
    if (flags.depth.empty()) flags.depth = {flags.arch == "cnn" ? std::size_t{2} : std::size_t{1}};
    if (flags.learning_rate == 0) flags.learning_rate = flags.optimizer == "sgd" ? 0.05 : 1e-3;
    if (!words.repeats.empty()) {
        const auto range = parse_repeats(words.repeats);
        flags.repeats = {range.least, range.most, flags.repeats.until_error};
    }
    if (!words.shard.empty()) flags.shard = parse_shard(words.shard);
    for (const auto name : split(words.merge, ','))
        if (!name.empty()) flags.merge_from.emplace_back(name);
    if (flags.executor.empty()) flags.executor = usual_executor();
}

}  // namespace

Parsed parse_flags(int argc, char** argv, const Flags& defaults, const std::string& description,
                   const std::string& example) {
    Parsed parsed{defaults, std::nullopt};
    auto& flags = parsed.flags;
    flags.typed.assign(argv, argv + argc);
    const auto program = std::filesystem::path(argv[0]).filename().string();
    CLI::App app(description, program);
    app.footer("Example:\n  " + example);
    app.get_formatter()->column_width(34);
    Words words;
    add_data(app, flags);
    add_corruption(app, flags, words);
    add_network(app, flags);
    add_training(app, flags);
    add_study(app, flags, words);
    add_running(app, flags, words);
    const auto mistake = [&](const std::string& what) {
        parsed.exit_code = speaks(flags) ? 2 : 0;  // mpirun ends all processes at the first code that is not 0
        if (speaks(flags)) std::fprintf(stderr, "%s: %s (see --help)\n", program.c_str(), what.c_str());
        return parsed;
    };
    try {
        app.parse(argc, argv);
        flags.merge = app.count("--merge") > 0;
        complete(flags, words);
        complete_kind(app, flags);
        check_together(flags);
        check_running(flags);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) return mistake(error.what());
        parsed.exit_code = speaks(flags) ? app.exit(error) : 0;
    } catch (const UsageError& error) {
        return mistake(error.what());
    }
    return parsed;
}

}  // namespace study
