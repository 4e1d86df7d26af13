#include "common/cli/flags.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <pstar/scaling/curve/refinement.hpp>
#include <pstar/version.hpp>

#include "common/cli/describe.hpp"
#include "common/cli/lists.hpp"
#include "common/cli/mistakes.hpp"
#include "common/cli/program.hpp"
#include "common/cli/text.hpp"
#include "common/cli/validators.hpp"
#include "common/report/families.hpp"
#include "common/run/workers.hpp"

namespace study {
namespace {

std::vector<double> usual_strengths(const std::string& channel) {
    if (channel == "additive") return {0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12};
    return {0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1};
}

/// What the command line says in words of its own, read once it is known which flags there are.
struct Words {
    std::string strength, repeats, shard, merge;
};

/// Adds what `describe` visits to the command line.
class Adder {
public:
    Adder(CLI::App& app, Words& words) : app_(app), words_(words) {}

    void group(const char* title) const { group_ = title; }
    template <class Value>
    void operator()(const FlagText& flag, Value& value) const {
        finish(flag, app_.add_option(name(flag), value, flag.help));
    }
    void operator()(const FlagText& flag, bool& value) const {
        app_.add_flag(name(flag), value, flag.help)->group(group_);
    }
    template <class Value>
    void operator()(const FlagText& flag, std::vector<Value>& values) const {
        finish(flag, app_.add_option(name(flag), values, flag.help)->delimiter(','));
    }
    void strengths(const FlagText& flag, std::vector<double>&) const {
        app_.add_option(name(flag), words_.strength, flag.help)->type_name(flag.type_name)->group(group_);
    }
    void repeats(const FlagText& flag, RepeatRange& range) const {
        app_.add_option(name(flag), words_.repeats, flag.help)
            ->default_str(to_string(range))
            ->type_name(flag.type_name)
            ->group(group_);
    }

private:
    static std::string name(const FlagText& flag) {
        return flag_of(flag.word) + (flag.alias.empty() ? "" : ",--" + flag.alias);
    }
    void finish(const FlagText& flag, CLI::Option* option) const {
        if (flag.usual.empty()) option->capture_default_str();
        option->transform(flag.check);
        option->type_name(flag.type_name)->group(group_);
    }

    CLI::App& app_;
    Words& words_;
    mutable std::string group_;
};

/// Where the results go and how the work is done.
void add_running(CLI::App& app, Flags& flags, Words& words) {
    app.add_option("--out", flags.out,
                   "folder for the results; made if missing; the same study goes on there, or grows; "
                   "'pstar-out/{study}-{time}' is a new one each time")
        ->capture_default_str()
        ->type_name("DIR")
        ->group("Study");
    const std::string group = "Running (changes no number)";
    app.add_option("--executor", flags.executor, "threads, serial or mpi [mpi under mpirun, else threads]")
        ->transform(one_of({"threads", "serial", "mpi"}))
        ->type_name("WORD")
        ->group(group);
    app.add_option("--threads", flags.threads, "runs at once [one a core; with mpi, of each process, 1]")
        ->check(count())
        ->type_name("N")
        ->group(group);
    app.add_option("--shard", words.shard, "only part I of N, for an array of jobs; counts from 0 or from 1")
        ->type_name("I/N")
        ->group(group);
    app.add_option("--merge", words.merge,
                   "run nothing; collect the parts in --out, or these journals and folders, a comma list")
        ->expected(0, 1)
        ->type_name("[LIST]")
        ->group(group);
    app.add_flag("--retry-failed", flags.retry_failed, "run again what the journal says has failed")->group(group);
    app.add_flag("--no-lock", flags.no_lock, "for file systems that have no locks (some NFS)")->group(group);
    app.add_flag("--dry-run", flags.dry_run, "write nothing; say how many runs, how long, how much memory")
        ->group(group);
    if (!flags.own_models)
        app.add_flag("--save-networks", flags.save_networks, "keep the trained networks, in networks/ of the folder")
            ->group(group);
    app.add_flag("--quiet", flags.quiet, "no progress and no notes: only the answer, and what went wrong")
        ->group(group);
    app.add_flag("--json", flags.json, "the answer as one line of JSON, for scripts")->group(group);
}

/// The design that `--until-interval` asks for, without what other flags say of it.
pstar::CurveDesign usual_design(const Flags& flags) {
    auto design = parse_interval(flags.curves->until_interval).design;
    design.whole_seeds = design.whole_seeds || flags.curves->compares_seeds;
    if (design.whole_seeds) design.least_seeds = 8, design.most_seeds = 40;
    return design;
}

/// What does not go with runs that are chosen round by round.
void check_rounds(const Flags& flags) {
    const auto& repeats = flags.repeats;
    if (repeats.until_error > 0)
        throw UsageError("--until-interval: leave out --until-stderr; seeds are chosen for one of them");
    if (flags.shard)
        throw UsageError(
            "--until-interval: leave out --shard; a round follows from the results of all runs. --executor mpi shares "
            "them out");
    if (repeats.least < 3)
        throw UsageError(
            fmt::format("--repeats {}: --until-interval needs at least 3 seeds; write 20:100", to_string(repeats)));
    const auto usual = usual_design(flags);
    if (flags.strength.size() < usual.first)
        throw UsageError(
            fmt::format("--strength: --until-interval chooses among at least {}; write 0:1:0.01", usual.first));
}

/// What does not go with strengths that are inserted round by round.
void check_refinement(const Flags& flags) {
    if (flags.shard)
        throw UsageError(
            "--shard: leave it out; where strengths are inserted follows from the results of all runs. --executor mpi "
            "shares them out");
    if (flags.strength.size() < 2)
        throw UsageError("--strength: name at least two, between which others are inserted; write 0:1:0.1");
    for (std::size_t i = 0; i + 1 < flags.strength.size(); ++i)
        if (flags.strength[i + 1] - flags.strength[i] > 1e4 * flags.refinement->resolution)
            throw UsageError(fmt::format("--resolution {}: more than 10000 strengths between two of --strength",
                                         decimal(flags.refinement->resolution)));
}

template <class Value>
void check_once(const char* flag, std::vector<Value> values) {
    std::ranges::sort(values);
    if (std::ranges::adjacent_find(values) != values.end())
        throw UsageError(fmt::format("{}: a value occurs twice; name each once", flag));
}

/// What the flags' own checks cannot see.
void check_together(const Flags& flags) {
    if (flags.channel != "additive")
        for (const double p : flags.strength)
            if (p > 1)
                throw UsageError("--strength: p (= " + decimal(p) + ") must lie in [0, 1] for --corruption-mode " +
                                 flags.channel);
    if (flags.deform == 0 && flags.deform_images > 0) throw UsageError("--deform-images: is for --deform");
    if (flags.out.empty()) throw UsageError("--out: name a folder for the results");
    check_once("--n-train-samples", flags.train);
    check_once("--width", flags.width);
    check_once("--cnn-channels", flags.channels);
    check_once("--depth", flags.depth);
    check_once("--activation", flags.activation);
    check_once("--batch-size", flags.batch_size);
    if ((!flags.channels.empty() || flags.rbm) && flags.depth.size() > 1)
        throw UsageError("--depth: name one depth, that of all mlps");
    if (flags.rbm) check_once("--rbm-components", flags.rbm->components);
    if (flags.rbm && !flags.rbm->persistent && (flags.rbm->chains > 0 || flags.rbm->temperatures > 1))
        throw UsageError("--rbm-chains, --rbm-temperatures: add --persistent; they are of chains that continue");
    if (flags.rbm && flags.activation.size() > 1) throw UsageError("--activation: name one, that of all mlps");
    if (flags.rbm && flags.batch_size.size() > 1)
        throw UsageError("--batch-size: name one size, that of all mlps; --rbm-batch-size is the RBM's");
    const auto& repeats = flags.repeats;
    if (has_rounds(flags)) return check_rounds(flags);
    if (flags.refinement) check_refinement(flags);
    if ((flags.draws || flags.own_models || flags.refinement) && repeats.is_adaptive())
        throw UsageError(fmt::format("--repeats {}: this study takes one number", to_string(repeats)));
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
    if (!is_kernel(flags.arch)) {
        if (std::ranges::count(flags.width, std::size_t{0}) > 0)
            throw UsageError(
                "--width: '0' must be a whole number of at least 1; 0, infinite, is for --model-type ntk or nngp");
        if (const auto* ridge = app.get_option_no_throw("--ridge"); ridge && ridge->count() > 0)
            throw UsageError("--ridge: is for --model-type ntk or nngp");
        return;
    }
    if (app.count("--width") == 0) flags.width = {0};
    if (flags.batch_size.size() > 1)
        throw UsageError(fmt::format("--batch-size: is ignored for --model-type {}; name one", flags.arch));
}

/// What concerns training sets and other tests.
void check_variations(const CLI::App& app, const Flags& flags) {
    const auto& set = *flags.variations;
    check_once("--samples-per-class", set.samples_per_class);
    check_once("--clean-fraction", set.clean_fraction);
    check_once("--clean-per-class", set.clean_per_class);
    check_once("--label-noise", set.label_noise);
    check_once("--test-channel", set.test_channel);
    check_once("--test-strength", set.test_strength);
    if (!set.is_fresh() && app.count("--seeds-per-subset") > 0)
        throw UsageError("--seeds-per-subset: is for --subset fresh");
    if (!set.has_pool() && set.pool) throw UsageError("--n-pool: is for --subset fresh, and for --samples-per-class");
    if (set.clean_only && set.clean_fraction == std::vector{0.0} && set.clean_per_class.empty())
        throw UsageError("--clean-only: say how many images stay clean, with --clean-fraction or --clean-per-class");
    if (!set.decisions_at.empty() && is_kernel(flags.arch))
        throw UsageError(fmt::format("--decisions-at: is for networks, not for --model-type {}", flags.arch));
    for (const double strength : set.decisions_at)
        if (std::ranges::count(flags.strength, strength) == 0)
            throw UsageError("--decisions-at: " + decimal(strength) + " must be among the values of --strength");
}

void check_running(const Flags& flags) {
    if (flags.executor == "serial" && flags.threads > 1)
        throw UsageError(fmt::format("--threads {}: --executor serial runs one at a time", flags.threads));
    if (flags.merge && flags.shard) throw UsageError("--merge collects all parts; leave out --shard");
    if (flags.merge && flags.dry_run) throw UsageError("--merge runs nothing; leave out --dry-run");
}

/// What is usual where runs are chosen round by round; a mistake in `--until-interval` ends the program.
void complete_rounds(Flags& flags, const Words& words) {
    const auto usual = usual_design(flags);
    if (words.repeats.empty()) flags.repeats = {usual.least_seeds, usual.most_seeds, flags.repeats.until_error};
    if (flags.strength.empty()) flags.strength = parse_strengths(flags.channel == "additive" ? "0:12:0.1" : "0:1:0.01");
}

template <class Value>
void complete_list(const Flags& flags, const char* word, std::vector<Value>& values, std::vector<Value> usual) {
    if (std::ranges::count(flags.given, word) == 0) values = std::move(usual);
}

/// Of a map over strength and another axis: which axis that is, and its usual sizes.
void complete_map(Flags& flags) {
    auto& refinement = *flags.refinement;
    const bool is_additive = flags.channel == "additive";
    if (refinement.resolution == 0) refinement.resolution = is_additive ? 0.25 : 0.025;
    auto& set = *flags.variations;
    const bool has_train = std::ranges::count(flags.given, "n_train_samples") > 0;
    if ((!set.samples_per_class.empty() || set.size == "samples_per_class") && !has_train) flags.train.clear();
    if (set.size.empty()) set.size = to_string(colour_axis(flags).size);
    if (set.size == "width" && flags.arch == "cnn") return complete_list(flags, "width", flags.width, {2, 4, 8, 16});
    if (set.size == "width") complete_list(flags, "width", flags.width, {8, 16, 32, 64, 128, 256});
    if (set.size == "n_train_samples")
        complete_list(flags, "n_train_samples", flags.train, {250, 500, 1000, 2000, 4000});
    if (set.size == "depth") complete_list(flags, "depth", flags.depth, {1, 2, 3, 4, 5});
    if (set.size == "batch_size") complete_list(flags, "batch_size", flags.batch_size, {16, 32, 64, 128, 256});
    if (set.size == "samples_per_class")
        complete_list(flags, "samples_per_class", set.samples_per_class, {25, 50, 100, 200, 400});
    if (set.size == "clean_fraction") complete_list(flags, "clean_fraction", set.clean_fraction, {0, 0.01, 0.03, 0.1});
    if (set.size == "clean_per_class") complete_list(flags, "clean_per_class", set.clean_per_class, {1, 3, 10, 30});
    if (set.size == "label_noise") complete_list(flags, "label_noise", set.label_noise, {0, 0.2, 0.4, 0.6});
}

/// Of a transfer that names corruptions or strengths alone, the other: the corruption of the training, and the usual
/// strengths of all corruptions.
void complete_transfer(Flags& flags) {
    auto& channels = flags.variations->test_channel;
    auto& strengths = flags.variations->test_strength;
    if (channels.empty() && strengths.empty()) return;
    if (channels.empty()) channels = {flags.channel};
    if (strengths.empty()) {
        std::set<double> usual;
        for (const auto& channel : channels)
            for (const double strength : usual_strengths(channel)) usual.insert(strength);
        strengths.assign(usual.begin(), usual.end());
    }
    std::ranges::sort(strengths);
    if (std::ranges::count(channels, "additive") == 0)
        for (const double p : strengths)
            if (p > 1) throw UsageError("--test-strength: p (= " + decimal(p) + ") must lie in [0, 1]");
}

/// Completes what the command line left open.
void complete(Flags& flags, const Words& words) {
    if (flags.channel == "binary") flags.channel = "binary_replacement";
    if (!words.strength.empty()) flags.strength = parse_strengths(words.strength);
    if (has_rounds(flags)) complete_rounds(flags, words);
    if (flags.refinement && flags.strength.empty())
        flags.strength = parse_strengths(flags.channel == "additive" ? "0:12:1" : "0:1:0.1");
    if (flags.strength.empty()) flags.strength = usual_strengths(flags.channel);
    if (flags.depth.empty()) flags.depth = {flags.arch == "cnn" ? std::size_t{2} : std::size_t{1}};
    if (flags.learning_rate == 0) flags.learning_rate = flags.optimizer == "sgd" ? 0.05 : 1e-3;
    if (!words.repeats.empty()) {
        const auto range = parse_repeats(words.repeats);
        flags.repeats = {range.least, range.most, flags.repeats.until_error};
        if (has_rounds(flags) && !range.is_adaptive())
            flags.repeats.least = std::min(range.most, usual_design(flags).least_seeds);
    }
    if (flags.variations) complete_transfer(flags);
    if (flags.refinement) complete_map(flags);
    if (!words.shard.empty()) flags.shard = parse_shard(words.shard);
    for (const auto name : split(words.merge, ','))
        if (!name.empty()) flags.merge_from.emplace_back(name);
    if (flags.executor.empty()) flags.executor = usual_executor();
}

void replace_all(std::string& text, const std::string& mark, const std::string& by) {
    if (mark == by) return;
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + by.size()))
        text.replace(at, mark.size(), by);
}

/// `n_train_samples` of `n-train-samples`.
std::string word_of(std::string name) {
    std::ranges::replace(name, '-', '_');
    return name;
}

std::string in_text(const std::string& value) {
    return value;
}
std::string in_text(double value) {
    return decimal(value);
}
std::string in_text(std::integral auto value) {
    return std::to_string(value);
}

/// Collects what `describe` visits.
class Lister {
public:
    explicit Lister(std::vector<Setting>& settings) : settings_(settings) {}

    void group(const char*) const {}
    template <class Value>
    void operator()(const FlagText& flag, const Value& value) const {
        if (flag.is_listed) settings_.push_back({flag.word, {in_text(value)}});
    }
    void operator()(const FlagText& flag, bool value) const {
        if (flag.is_listed) settings_.push_back({flag.word, {value ? "true" : "false"}, false, true});
    }
    void operator()(const FlagText& flag, const std::optional<std::size_t>& value) const {
        if (flag.is_listed) (*this)(flag, *value);
    }
    template <class Value>
    void operator()(const FlagText& flag, const std::vector<Value>& values) const {
        if (!flag.is_listed) return;
        Setting setting{flag.word, {}, true, false, flag.may_grow};
        for (const auto& value : values) setting.values.push_back(in_text(value));
        settings_.push_back(std::move(setting));
    }
    void strengths(const FlagText& flag, const std::vector<double>& values) const { (*this)(flag, values); }
    void repeats(const FlagText& flag, const RepeatRange& value) const {
        settings_.push_back({flag.word, {to_string(value)}});
    }

private:
    std::vector<Setting>& settings_;
};

}  // namespace

Parsed parse_flags(int argc, char** argv, const Flags& defaults, const std::string& description,
                   const std::string& example) {
    Parsed parsed{defaults, std::nullopt};
    auto& flags = parsed.flags;
    flags.typed.assign(argv, argv + argc);
    const auto program = std::filesystem::path(argv[0]).filename().string();
    CLI::App app(description, program);
    app.footer("Example:\n  " + example + "\n\n" + exit_codes());
    app.set_version_flag("--version", program + " of pstar " PSTAR_VERSION);
    app.get_formatter()->column_width(34);
    Words words;
    describe(flags, Adder(app, words));
    add_running(app, flags, words);
    const auto mistake = [&](const std::string& what) {
        parsed.exit_code = speaks(flags) ? 2 : 0;  // mpirun ends all processes at the first code that is not 0
        if (speaks(flags)) std::fprintf(stderr, "%s: %s (see --help)\n", program.c_str(), what.c_str());
        return parsed;
    };
    try {
        app.parse(argc, argv);
        flags.merge = app.count("--merge") > 0;
        for (const auto* option : app.get_options())
            if (option->count() > 0) flags.given.push_back(word_of(option->get_single_name()));
        complete(flags, words);
        complete_kind(app, flags);
        const auto asked = std::exchange(flags.out, filled_in(flags.out, program));
        for (auto& word : flags.typed) replace_all(word, asked, flags.out);  // typed again, it is the same folder
        check_together(flags);
        if (flags.variations) check_variations(app, flags);
        check_running(flags);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) return mistake(mistake_in(app, error));
        parsed.exit_code = speaks(flags) ? app.exit(error) : 0;
    } catch (const UsageError& error) {
        return mistake(error.what());
    }
    return parsed;
}

std::size_t largest_training_set(const Flags& flags) {
    std::size_t largest = flags.train.empty() ? 0 : std::ranges::max(flags.train);
    if (flags.variations)
        for (const auto n : flags.variations->samples_per_class)
            largest = std::max(largest, n * flags.variations->classes);
    return largest;
}

std::vector<double> all_strengths(const Flags& flags) {
    return flags.refinement ? pstar::halved(flags.strength, flags.refinement->resolution) : flags.strength;
}

pstar::CurveDesign design_of(const Flags& flags) {
    auto design = usual_design(flags);
    design.strengths = flags.strength;
    std::ranges::sort(design.strengths);
    design.least_seeds = flags.repeats.least, design.most_seeds = flags.repeats.most;
    return design;
}

std::string filled_in(std::string out, const std::string& program) {
    replace_all(out, "{study}", program);
    if (out.find("{time}") != out.npos)
        replace_all(out, "{time}", fmt::format("{:%Y-%m-%dT%H-%M-%S}", fmt::localtime(std::time(nullptr))));
    return out;
}

std::string flag_of(std::string word) {
    std::ranges::replace(word, '_', '-');
    return "--" + word;
}

std::string Setting::typed() const {
    return flag_of(word) + (is_flag ? "=" : " ") + quoted(joined(values));
}

std::vector<Setting> settings_of(const Flags& flags) {
    std::vector<Setting> settings;
    auto copy = flags;  // the description is of flags that can be written, too
    describe(copy, Lister(settings));
    return settings;
}

std::string joined(const std::vector<std::string>& values) {
    std::string line;
    for (const auto& value : values) line += (line.empty() ? "" : ",") + value;
    return line;
}

std::string command_of(const std::string& program, const Flags& flags) {
    std::string line = quoted(program);
    for (const auto& setting : settings_of(flags)) line += " " + setting.typed();
    return line + " --out " + quoted(flags.out);
}

std::string decimal(double value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return {digits.data(), end};
}

}  // namespace study
