#include "collapse_flags.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <pstar/version.hpp>

#include "common/cli/mistakes.hpp"
#include "common/cli/program.hpp"
#include "common/cli/text.hpp"
#include "common/cli/validators.hpp"

namespace study {
namespace {

/// Values that are checked and converted after parsing.
struct Words {
    std::vector<std::string> sizes, where;
    std::string correction = "none";
    std::string lower, upper, level, family = "automatic", p_c = "free", zeta = "0", omega = "free";
    std::vector<std::string> nu{"free"};
};

CLI::Validator share() {
    return within(0, std::nextafter(1, 2), false, "lie in [0, 1]");
}

CLI::Validator number_or_free() {
    return must("be a number or the word free",
                [](const std::string& word) { return word == "free" || std::isfinite(number(word)); });
}

std::optional<double> unless_free(const std::string& word) {
    return word.empty() || word == "free" ? std::nullopt : std::optional(number(word));
}

void add_columns(CLI::App& app, CollapseFlags& flags, Words& words) {
    const std::string group = "Columns";
    auto& columns = flags.columns;
    const auto column = [&](const char* name, std::string& value, const char* text) {
        return app.add_option(name, value, text)->type_name("COLUMN")->group(group);
    };
    app.add_option("--size", words.sizes,
                   "size of the system: width, number of training images, ...; a comma list: several at once")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("COLUMNS")
        ->group(group)
        ->required();
    column("--strength", columns.strength, "corruption strength p, or sigma")->required();
    column("--accuracy", columns.accuracy, "of a run, or the mean over runs, in [0, 1]")->required();
    app.add_flag("--any-value", columns.any_value,
                 "it may be any number, e.g. a susceptibility: only the collapse is made, no curve is fitted")
        ->group(group);
    column("--error", columns.error, "standard error of a mean; without it rows of one size and strength are its runs");
    column("--repeats", columns.repeats, "runs behind a mean");
    column("--seed-column", columns.seed, "seed of each run [seed or repeat, if there is such a column]");
    column("--group", columns.group, "analyse the rows of each value of this column apart");
    app.add_option("--where", words.where, "keep the rows with this value; may be repeated")
        ->type_name("COLUMN=VALUE")
        ->check(must("have the form column=value", [](const std::string& word) { return word.find('=') != word.npos; }))
        ->allow_extra_args(false)
        ->group(group);
    app.add_option("--proxy", columns.proxies,
                   "collapse against these numbers too, e.g. a margin-to-noise ratio; a comma list")
        ->delimiter(',')
        ->type_name("COLUMNS")
        ->group(group);
}

void add_curves(CLI::App& app, CollapseFlags& flags, Words& words) {
    const std::string group = "Curves";
    app.add_option("--test-images", flags.test_images, "number of test images of each run: accuracies become counts")
        ->check(count())
        ->type_name("N")
        ->group(group);
    app.add_option("--lower", words.lower, "known lower level, 0.1 for ten classes [fitted]")
        ->check(share())
        ->type_name("A")
        ->group(group);
    app.add_option("--upper", words.upper, "known upper level [fitted]")->check(share())->type_name("A")->group(group);
    app.add_option("--level", words.level, "also report the strength at which accuracy passes this level")
        ->check(share())
        ->type_name("A")
        ->group(group);
    std::vector<std::string> families{"automatic"};
    for (const auto family : pstar::sigmoid_families) families.emplace_back(to_string(family));
    app.add_option("--family", words.family, "shape of the curves: " + enumerated(families, "or"))
        ->transform(one_of(families))
        ->capture_default_str()
        ->type_name("WORD")
        ->group(group);
}

void add_collapse(CLI::App& app, CollapseFlags& flags, Words& words) {
    const std::string group = "Collapse  A = L^(zeta/nu) (1 + b L^-omega) f(L^(1/nu) (p - p_c))";
    const auto exponent = [&](const char* name, std::string& value, const char* text) {
        app.add_option(name, value, text)
            ->capture_default_str()
            ->check(number_or_free())
            ->type_name("X|free")
            ->group(group);
    };
    exponent("--p-c", words.p_c, "critical strength");
    app.add_option("--nu", words.nu, "exponent of the size, not 0; a comma list: of each column of --size [free]")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(number_or_free())
        ->type_name("X|free,...")
        ->group(group);
    exponent("--zeta", words.zeta, "exponent of the accuracy; 0: it is not scaled; of several sizes the first counts");
    app.add_option("--p-c-beyond", flags.p_c_beyond, "search p_c so far beyond the strengths, in shares of their range")
        ->capture_default_str()
        ->check(within(0, 100, false, "lie in [0, 100)"))
        ->type_name("X")
        ->group(group);
    app.add_option("--correction", words.correction,
                   "correction to scaling, heights times 1 + b L^-omega: none, fitted or automatic (by evidence)")
        ->transform(one_of({"none", "fitted", "automatic"}))
        ->capture_default_str()
        ->type_name("WORD")
        ->group(group);
    exponent("--omega", words.omega, "exponent of the correction, above 0 and at most 4");
    app.add_flag("--negative-nu", flags.negative_nu, "search nu < 0 too: curves that flatten with size")->group(group);
    app.add_option("--bootstrap", flags.bootstrap, "number of redraws for intervals and p-values, at least 100")
        ->capture_default_str()
        ->check(must("be a whole number of at least 100",
                     [](const std::string& word) { return pstar::parse_whole_number(word).value_or(0) >= 100; }))
        ->type_name("N")
        ->group(group);
}

void complete(CollapseFlags& flags, const Words& words) {
    for (const auto& word : words.where) {
        const auto mark = word.find('=');
        flags.columns.where.emplace_back(word.substr(0, mark), word.substr(mark + 1));
    }
    flags.columns.size = words.sizes[0];
    flags.columns.more_sizes = {words.sizes.begin() + 1, words.sizes.end()};
    for (auto size = words.sizes.begin(); size != words.sizes.end(); ++size)
        if (size->empty() || std::find(words.sizes.begin(), size, *size) != size)
            throw UsageError("--size: name different columns");
    flags.lower = unless_free(words.lower);
    flags.upper = unless_free(words.upper);
    flags.level = unless_free(words.level);
    if (flags.lower && flags.upper && *flags.lower >= *flags.upper)
        throw UsageError("--lower: must be less than --upper");
    flags.p_c = unless_free(words.p_c);
    if (words.nu.size() > words.sizes.size())
        throw UsageError(
            fmt::format("--nu: names {} exponents of {}", words.nu.size(), counted(words.sizes.size(), "size")));
    flags.nu = unless_free(words.nu[0]);
    for (std::size_t k = 1; k < words.nu.size(); ++k) flags.more_nu.push_back(unless_free(words.nu[k]));
    flags.zeta = unless_free(words.zeta);
    if (flags.nu == 0.0 || std::ranges::count(flags.more_nu, std::optional(0.0)) > 0)
        throw UsageError("--nu: must not be 0");
    flags.omega = unless_free(words.omega);
    if (flags.omega && !(*flags.omega > 0 && *flags.omega <= 4))
        throw UsageError(fmt::format("--omega {}: must be above 0 and at most 4", words.omega));
    for (const auto choice : {pstar::CorrectionChoice::fitted, pstar::CorrectionChoice::automatic})
        if (words.correction == to_string(choice)) flags.correction = choice;
    if (flags.omega && flags.correction == pstar::CorrectionChoice::none)
        throw UsageError("--omega: add --correction fitted or automatic, whose exponent it is");
    if (flags.columns.any_value && flags.test_images > 0) throw UsageError("--test-images: not with --any-value");
    flags.family = pstar::family_named(words.family);
    if (flags.out.empty()) throw UsageError("--out: name a folder for the results");
}

}  // namespace

pstar::ScalingOptions CollapseFlags::scaling_options() const {
    return {.curves = {.family = family,
                       .lower = lower,
                       .upper = upper,
                       .level = level,
                       .bootstrap = bootstrap,
                       .seed = seed,
                       .test_images = test_images},
            .collapse = {.p_c = p_c,
                         .nu = nu,
                         .zeta = zeta,
                         .more_nu = more_nu,
                         .p_c_beyond = p_c_beyond,
                         .negative_nu = negative_nu,
                         .correction = correction,
                         .omega = omega,
                         .bootstrap = bootstrap,
                         .seed = seed},
            .strength_name = columns.strength,
            .proxies = columns.proxies};
}

std::vector<Setting> CollapseFlags::settings() const {
    std::vector<Setting> result;
    std::vector<std::string> files;
    for (const auto& input : inputs) files.push_back((input.native().starts_with('-') ? "./" : "") + input.string());
    result.push_back({"input", files, true});
    const auto add = [&](const char* flag, const std::string& value) {
        if (!value.empty()) result.push_back({flag, {value}});
    };
    std::vector<std::string> sizes{columns.size};
    sizes.insert(sizes.end(), columns.more_sizes.begin(), columns.more_sizes.end());
    result.push_back({"size", sizes, sizes.size() > 1});
    add("strength", columns.strength);
    add("accuracy", columns.accuracy);
    add("error", columns.error);
    add("repeats", columns.repeats);
    add("seed-column", columns.seed);
    add("group", columns.group);
    std::vector<std::string> where;
    for (const auto& [column, value] : columns.where) where.push_back(column + "=" + value);
    if (!where.empty()) result.push_back({"where", where, true});
    if (!columns.proxies.empty()) result.push_back({"proxy", columns.proxies, true});
    if (columns.any_value) result.push_back({.word = "any-value", .values = {"true"}, .is_flag = true});
    if (test_images > 0) add("test-images", std::to_string(test_images));
    for (const auto& [flag, known] : {std::pair{"lower", lower}, {"upper", upper}, {"level", level}})
        if (known) add(flag, decimal(*known));
    add("family", family ? to_string(*family) : "automatic");
    const auto exponent = [](const std::optional<double>& known) { return known ? decimal(*known) : "free"; };
    add("p-c", exponent(p_c));
    std::vector<std::string> exponents{exponent(nu)};
    for (const auto& known : more_nu) exponents.push_back(exponent(known));
    result.push_back({"nu", exponents, exponents.size() > 1});
    add("zeta", exponent(zeta));
    if (p_c_beyond > 0) add("p-c-beyond", decimal(p_c_beyond));
    if (correction != pstar::CorrectionChoice::none) add("correction", to_string(correction));
    if (omega) add("omega", decimal(*omega));
    if (negative_nu) result.push_back({.word = "negative-nu", .values = {"true"}, .is_flag = true});
    add("bootstrap", std::to_string(bootstrap));
    add("seed", std::to_string(seed));
    return result;
}

std::string CollapseFlags::command(const std::string& program) const {
    std::string line = quoted(program), flags;
    for (const auto& setting : settings()) {
        if (setting.word == "input" || setting.word == "where")
            for (const auto& value : setting.values)
                (setting.word == "input" ? line : flags) +=
                    (setting.word == "input" ? " " : " --where ") + quoted(value);
        else
            flags += " --" + setting.word + (setting.is_flag ? "=" : " ") + quoted(joined(setting.values));
    }
    return line + flags + " --out " + quoted(out);
}

ParsedCollapse parse_collapse_flags(int argc, char** argv, const std::string& program) {
    ParsedCollapse parsed;
    auto& flags = parsed.flags;
    CLI::App app(
        "Fits accuracy curves of several sizes, from any CSV, and says whether the knee shifts with size, whether it "
        "sharpens, and whether the curves collapse.",
        program);
    app.footer("Example:\n  " + program +
               " runs.csv --size mlp_width --strength p --accuracy test_accuracy --group activation \\\n"
               "      --test-images 10000 --lower 0.1 --out widths\n\n" +
               exit_codes());
    app.set_version_flag("--version", program + " of pstar " PSTAR_VERSION);
    app.get_formatter()->column_width(34);
    app.add_option("INPUT", flags.inputs,
                   "CSV files with a header line, one row per run or per mean, or journals of sweeps (.jsonl)")
        ->required()
        ->check(CLI::ExistingFile)
        ->type_name("FILE...");
    Words words;
    add_columns(app, flags, words);
    add_curves(app, flags, words);
    add_collapse(app, flags, words);
    app.add_option("--seed", flags.seed, "seed of the bootstrap")
        ->capture_default_str()
        ->check(whole())
        ->type_name("N");
    app.add_option("--out", flags.out, "folder for the results; made if missing; {time} in it is filled in")
        ->capture_default_str()
        ->type_name("DIR");
    app.add_flag("--quiet", flags.quiet, "no notes: only the answer, and what went wrong");
    app.add_flag("--json", flags.json, "the answer as one line of JSON, for scripts");
    const auto mistake = [&](const std::string& what) {
        std::fprintf(stderr, "%s: %s (see --help)\n", program.c_str(), what.c_str());
        parsed.exit_code = 2;
        return parsed;
    };
    try {
        app.parse(argc, argv);
        complete(flags, words);
        flags.out = filled_in(flags.out, program);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) return mistake(mistake_in(app, error));
        parsed.exit_code = app.exit(error);
    } catch (const UsageError& error) {
        return mistake(error.what());
    }
    return parsed;
}

}  // namespace study
