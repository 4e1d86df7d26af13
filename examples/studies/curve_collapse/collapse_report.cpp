#include "collapse_report.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <pstar/report/latex_table.hpp>

#include "common/cli/text.hpp"
#include "common/report/pictures.hpp"
#include "common/run/conclusion.hpp"

namespace study {
namespace {

/// The number, or `-` where the curve does not identify it (fits.csv has it all the same).
std::string number_of(const pstar::CurveFit& fit, const pstar::Estimate& estimate) {
    return is_comparable(fit.status) ? in_words(estimate) : "-";
}

std::string runs_in_words(const pstar::MeasuredSize& size) {
    const auto least = size.least_runs(), most = size.most_runs();
    return least == most ? std::to_string(most) : fmt::format("{} to {}", least, most);
}

/// `relu: ` before sentences on one of several groups.
std::string prefix(const CollapseResults& results, const pstar::GroupAnalysis& group) {
    return results.groups.size() == 1 ? "" : group.name + ": ";
}

std::string sizes_in_words(const pstar::ScalingAnalysis& found) {
    std::vector<std::string> words;
    for (const auto& size : found.sizes)
        if (is_comparable(size.fit.status)) words.push_back(fmt::format("{:g}", size.measured.size));
    return enumerated(words);
}

/// ` (no trend at all: p-value 0.003)`, where the errors of the values are known.
std::string against_no_trend(const pstar::Trend& trend) {
    return trend.p_value < 1 ? fmt::format(" (no trend at all: p-value {:.2g})", trend.p_value) : "";
}

/// A trend that is sure although the values do not follow log(size), so that its rate means little.
bool is_bent(const pstar::Trend& trend) {
    return trend.verdict != pstar::Verdict::undecided && trend.slope.low <= 0 && trend.slope.high >= 0;
}

/// `from 0.694 at 16 to 0.898 at 256`, the smallest and the largest size that can be compared.
std::string ends_in_words(const pstar::ScalingAnalysis& found, bool of_slope) {
    std::vector<std::string> words;
    for (const auto& size : found.sizes)
        if (is_comparable(size.fit.status))
            words.push_back(fmt::format("{:.3g} at {:g}", of_slope ? size.fit.slope.value : size.fit.p_star.value,
                                        size.measured.size));
    return fmt::format("from {} to {}", words.front(), words.back());
}

/// How p*, or the slope, moves with size, in one sentence that begins with the verdict.
std::string trend_sentence(const CollapseResults& results, const pstar::ScalingAnalysis& found, bool of_slope) {
    const auto& trend = of_slope ? found.sharpening : found.shift;
    const auto& size = results.flags.columns.size;
    const std::string title = of_slope ? "Sharpening" : "Shift",
                      name = of_slope ? "the slope" : results.flags.columns.strength + "*";
    if (!std::isfinite(trend.slope.low) || !std::isfinite(trend.slope.high))
        return fmt::format("{}: undecided. {}", title, trend.reason);
    if (is_bent(trend))
        return fmt::format("{}: {} {} with {}, {}{}. {}", title, name, to_string(trend.verdict), size,
                           ends_in_words(found, of_slope), against_no_trend(trend), trend.reason);
    const double unit = of_slope ? 1 : std::numbers::ln2;  // the trend is per factor e in size
    const double low = unit * trend.slope.low, high = unit * trend.slope.high, scale = (high - low) / 2;
    const bool undecided = trend.verdict == pstar::Verdict::undecided;
    const auto rate = signed_number(unit * trend.slope.value, scale);
    const auto verb = undecided ? fmt::format("undecided: {} changes", name)
                                : fmt::format("{} {}{}", name, to_string(trend.verdict), of_slope ? "," : ":");
    const auto change = of_slope ? fmt::format("as {} to the power {}", size, rate)
                                 : fmt::format("by {} per doubling of {}", rate, size);
    return fmt::format("{}: {} {}, 95% interval [{}, {}], from sizes {}{}.", title, verb, change,
                       signed_number(low, scale), signed_number(high, scale), sizes_in_words(found),
                       against_no_trend(trend));
}

std::string shift_sentence(const CollapseResults& results, const pstar::ScalingAnalysis& found) {
    auto sentence = trend_sentence(results, found, false);
    if (found.approach.status == pstar::ApproachStatus::ok)
        sentence += fmt::format(" If {0}* approaches a limit as a power of size, the limit is {1}.",
                                results.flags.columns.strength, in_words(found.approach.limit));
    return sentence;
}

/// Exponents that are not much less probable than the best.
std::string other_peaks(const pstar::Collapse& collapse) {
    std::vector<std::string> words;
    for (std::size_t k = 1; k < collapse.peaks.size(); ++k)
        if (const double less = collapse.peaks[0].log_evidence - collapse.peaks[k].log_evidence; less < 10)
            words.push_back(fmt::format("p_c = {:.4g} and nu = {:.3g} (log evidence less by {:.1f})",
                                        collapse.peaks[k].exponents.p_c, collapse.peaks[k].exponents.nu, less));
    return words.empty() ? "" : " Nearly as probable: " + enumerated(words) + ".";
}

/// `nu = 2.0 [1.9, 2.1]`, or `nu = ... for width and ... for images`.
std::string nu_in_words(const pstar::Collapse& collapse, const pstar::CurveColumns& columns) {
    if (collapse.more_nu.empty()) return "nu = " + in_words(collapse.nu);
    std::vector<std::string> words{fmt::format("{} for {}", in_words(collapse.nu), columns.size)};
    for (std::size_t k = 0; k < collapse.more_nu.size(); ++k)
        words.push_back(fmt::format("{} for {}", in_words(collapse.more_nu[k]), columns.more_sizes[k]));
    return "nu = " + enumerated(words);
}

std::string correction_sentence(const pstar::CollapseCorrection& correction) {
    if (!correction.fitted) return correction.reason;
    return fmt::format(
        "{} The heights go as 1 + b L^-omega with b = {} and omega = {}: the smallest size is higher than the largest "
        "by a share of {}.",
        correction.reason, in_words(correction.amplitude), in_words(correction.omega), in_words(correction.change));
}

std::string collapse_sentence(const pstar::Collapse& collapse, const pstar::CurveColumns& columns) {
    using enum pstar::CollapseStatus;
    if (collapse.status == too_few_sizes || collapse.status == no_overlap)
        return "Collapse: undecided. " + collapse.explanation;
    const bool has_zeta = collapse.zeta.low != collapse.zeta.high || collapse.zeta.value != 0;
    return fmt::format(
        "Collapse: {} p_c = {}, {}{}; S = {:.2f} from {} of {} points (p-value {:.3f}; straight lines between "
        "points, after Houdayer and Hartmann: {:.3g} from {}, {:.3g} to {:.3g} in a true collapse).{}",
        collapse.explanation, in_words(collapse.p_c), nu_in_words(collapse, columns),
        has_zeta ? ", zeta = " + in_words(collapse.zeta) : "", collapse.smooth.s, collapse.smooth.overlapping,
        collapse.smooth.points, collapse.p_value, collapse.line.s, collapse.line.overlapping,
        collapse.line_expected.low, collapse.line_expected.high, other_peaks(collapse));
}

/// What was asked, in three short sentences: does the knee shift, does it sharpen, do the curves collapse?
std::string answer(const CollapseResults& results, const pstar::ScalingAnalysis& found) {
    const auto& columns = results.flags.columns;
    const auto moves = [&](const std::string& what, const pstar::Trend& trend) {
        const bool undecided = trend.verdict == pstar::Verdict::undecided;
        return undecided ? fmt::format("Whether the {} moves with {} is undecided. ", what, columns.size)
                         : fmt::format("The {} {} with {}. ", what, to_string(trend.verdict), columns.size);
    };
    std::string text;
    if (!found.sizes[0].measured.any_value && columns.more_sizes.empty())
        text = moves(fmt::format("midpoint {}*", columns.strength), found.shift) + moves("slope", found.sharpening);
    const auto& collapse = found.collapse;
    text += collapse.explanation;
    if (collapse.status == pstar::CollapseStatus::ok)
        text += fmt::format(" p_c = {}, {}.", in_words(collapse.p_c), nu_in_words(collapse, columns));
    return text;
}

std::string prediction_sentence(const pstar::CollapsePrediction& prediction) {
    if (prediction.scored == 0) return "";
    return fmt::format(
        "A size left out is predicted by the others with an error of {:.3f} (root mean square over {} points; {:.3f} "
        "without scaling, {:.3f} is measurement error).",
        prediction.rms, prediction.scored, prediction.null_rms, prediction.error_rms);
}

std::string shuffle_sentence(const pstar::ShuffledSizes& shuffled, bool corrected) {
    if (shuffled.orders < 2) return "";
    return fmt::format("Of all {} orders of the sizes tried{}, a share of {:.3g} collapses as well as the true one{}.",
                       shuffled.orders, corrected ? ", without a correction" : "", shuffled.p_value,
                       shuffled.orders < 20 ? "; with so few orders it cannot be below 5%" : "");
}

std::string ranking_sentence(const CollapseResults& results, const pstar::ProxyRanking& ranking) {
    if (ranking.proxies.empty()) return "";
    std::vector<std::string> words;
    for (const auto& proxy : ranking.proxies) {
        const bool is_strength = proxy.name == results.flags.columns.strength;
        words.push_back(fmt::format(
            "{}{} ({}S = {:.2f}, {} points overlap)", is_strength ? "the bare " : "", proxy.name,
            words.empty()
                ? ""
                : fmt::format("log evidence less by {:.1f}; ", ranking.proxies[0].log_evidence - proxy.log_evidence),
            proxy.s.value, proxy.smooth.overlapping));
    }
    return fmt::format("Proxies, the one with most evidence for one curve first: {}. {}", enumerated(words),
                       ranking.reason);
}

std::string family_sentence(const pstar::ScalingAnalysis& found) {
    if (found.aic_gain < 10) return "";
    return fmt::format(
        "The {0} family describes the curves better than the {1} one (AIC less by {2:.0f} over all sizes): --family "
        "{0} fits it, --family automatic the best.",
        to_string(found.best_family), to_string(found.family), found.aic_gain);
}

/// Everything that is said of a group, the shift first.
std::vector<std::string> sentences(const CollapseResults& results, const pstar::ScalingAnalysis& found) {
    const auto& correction = found.collapse.correction;
    std::vector<std::string> all{shift_sentence(results, found),
                                 trend_sentence(results, found, true),
                                 collapse_sentence(found.collapse, results.flags.columns),
                                 correction_sentence(correction),
                                 family_sentence(found),
                                 prediction_sentence(found.prediction),
                                 shuffle_sentence(found.shuffled, correction.fitted),
                                 ranking_sentence(results, found.ranking)};
    const auto& measured = found.sizes[0].measured;  // where no curves were fitted, or several sizes vary: no trends
    if (measured.any_value || !measured.more_sizes.empty()) all[0] = all[1] = "";
    std::erase(all, "");
    return all;
}

void add_fits(Report& report, const CollapseResults& results, const pstar::ScalingAnalysis& found) {
    const auto& columns = results.flags.columns;
    std::vector<std::string> header{
        size_title(columns), columns.strength + "*", "slope", "upper level", "lower level", "deviance / dof", "runs",
        "intervals from",    "peak of the spread",   "status"};
    if (results.flags.level) header.insert(header.begin() + 3, fmt::format("passes {:g} at", *results.flags.level));
    std::vector<std::vector<std::string>> rows;
    for (const auto& size : found.sizes) {
        const auto& fit = size.fit;
        const bool judged = fit.dof > 0 && std::isfinite(fit.deviance);
        const bool peaks = size.spread.status == pstar::SpreadStatus::ok;
        std::vector<std::string> row{size_text(size.measured),
                                     number_of(fit, fit.p_star),
                                     number_of(fit, fit.slope),
                                     number_of(fit, fit.upper),
                                     number_of(fit, fit.lower),
                                     judged ? fmt::format("{:.1f} / {}", fit.deviance, fit.dof) : "-",
                                     runs_in_words(size.measured),
                                     to_string(fit.source),
                                     peaks ? in_words(size.spread.peak) : to_string(size.spread.status),
                                     to_string(fit.status)};
        if (results.flags.level) row.insert(row.begin() + 3, number_of(fit, fit.crossing));
        rows.push_back(row);
    }
    report.table(header, rows);
}

void add_families(Report& report, const pstar::ScalingAnalysis& found) {
    std::vector<std::string> header{"family"};
    for (const auto& size : found.sizes) header.push_back("size " + size_text(size.measured));
    std::vector<std::vector<std::string>> rows;
    for (const auto family : pstar::sigmoid_families) {
        std::vector<std::string> row{to_string(family)};
        for (const auto& size : found.sizes) {
            const auto* fit = pstar::fit_of(size.families, family);
            const bool fitted = fit && std::isfinite(fit->curve.p_star);
            row.push_back(fitted ? fmt::format("{:+.1f}", fit->aic - size.families.front().aic) : "-");
        }
        rows.push_back(row);
    }
    report.paragraph(
        "AIC of every family minus that of the best at the same size; differences below about 2 decide nothing.");
    report.table(header, rows);
}

void add_group(Report& report, const CollapseResults& results, const pstar::GroupAnalysis& group,
               const OutputFolder& out) {
    const auto& columns = results.flags.columns;
    report.heading(results.groups.size() == 1 ? "The curves" : "Group " + group.name);
    const auto figure = [&](const char* what, const std::string& caption) {
        if (results.has_figures) report.figure(out / (figure_name(results, group, what) + ".svg"), caption);
    };
    figure("curves", fmt::format("{} against {} at every {}: means with standard errors, the fitted {} curves, and "
                                 "{}* (half height) with its 95% interval.",
                                 columns.accuracy, columns.strength, size_title(columns), to_string(group.found.family),
                                 columns.strength));
    add_fits(report, results, group.found);
    add_families(report, group.found);
    if (group.found.sizes.size() < 2) return;
    if (columns.more_sizes.empty())
        figure("trends",
               fmt::format("Left: {}* against {}; right: the slope there, on logarithmic axes. 95% intervals{}.",
                           columns.strength, columns.size,
                           std::isfinite(group.found.shift.slope.value) ? "; dashed: the weighted trends" : ""));
    figure("collapse", "The curves in the coordinates of the best collapse. Bars are standard errors.");
    figure("landscape",
           "How the quality S (straight lines between points) depends on the exponents: dark is good. The dot is the "
           "best place, the cross the 95% intervals.");
}

std::vector<std::string> notes(const CollapseResults& results) {
    const auto left_out = results.table.left_out;
    std::size_t without_error = 0;
    for (const auto& group : results.groups)
        for (const auto& size : group.found.sizes) without_error += size.measured.points_without_error();
    const auto pooled = fmt::format(
        "At {} points all runs agree, or the error given is 0. Such a point is not known exactly: it has an error "
        "that is pooled from other points, or that of counting test images.",
        without_error);
    std::vector<std::string> all{
        fmt::format("{} rows were used{}.", results.table.rows,
                    left_out > 0 ? fmt::format("; {} without an accuracy were left out", left_out) : ""),
        "Where intervals come from. Seeds: a bootstrap over seeds, each with its whole curve, with Student's t. "
        "Runs: the scatter between runs of each strength, taken as independent. Profile: the likelihood. The last "
        "two are widened where the curve misses its points (misfit).",
        "S is the mean squared distance of a point from the curve through the other sizes, in units of their "
        "errors: near 1 for a true collapse. Only points that lie between two points of another size are judged; "
        "their number is shown. The p-value is the share of simulated true collapses, with the same noise, whose S "
        "is as large.",
        "Curves tested on the same images share the peculiarities of those images; no interval here includes them."};
    if (without_error > 0) all.insert(all.begin() + 1, pooled);
    return all;
}

}  // namespace

std::string size_title(const pstar::CurveColumns& columns) {
    auto title = columns.size;
    for (const auto& more : columns.more_sizes) title += ", " + more;
    return title;
}

std::string size_text(const pstar::MeasuredSize& measured) {
    auto text = fmt::format("{:g}", measured.size);
    for (const double more : measured.more_sizes) text += fmt::format(", {:g}", more);
    return text;
}

std::vector<std::string> collapse_findings(const CollapseResults& results) {
    const auto& columns = results.flags.columns;
    std::vector<std::string> lines;
    for (const auto& group : results.groups) {
        const auto head = prefix(results, group);
        for (const auto& size : group.found.sizes) {
            if (size.measured.any_value) continue;
            lines.push_back(fmt::format(
                "{}{} {}: {}* = {}, slope {}, {}{}", head, size_title(columns), size_text(size.measured),
                columns.strength, number_of(size.fit, size.fit.p_star), number_of(size.fit, size.fit.slope),
                std::isfinite(size.fit.curve.p_star) ? size.fit.form() + ", " : "", to_string(size.fit.status)));
        }
        for (const auto& sentence : sentences(results, group.found)) lines.push_back(head + sentence);
    }
    return lines;
}

void write_collapse_fits_tex(const CollapseResults& results, const std::filesystem::path& path) {
    using pstar::latex_number, pstar::latex_text;
    const auto& columns = results.flags.columns;
    const bool several = results.groups.size() > 1;
    std::vector<std::string> header{latex_text(size_title(columns)),
                                    "status",
                                    latex_text(columns.strength) + "$^*$",
                                    "slope",
                                    "upper level",
                                    "lower level"};
    if (several) header.insert(header.begin(), "group");
    std::vector<std::vector<std::string>> rows;
    for (const auto& group : results.groups)
        for (const auto& size : group.found.sizes) {
            const auto number = [&](const pstar::Estimate& estimate) {
                return is_comparable(size.fit.status) ? latex_number(estimate) : std::string("--");
            };
            auto& row = rows.emplace_back();
            if (several) row.push_back(latex_text(group.name));
            row.insert(row.end(), {latex_text(size_text(size.measured)), latex_text(to_string(size.fit.status)),
                                   number(size.fit.p_star), number(size.fit.slope), number(size.fit.upper),
                                   number(size.fit.lower)});
        }
    pstar::write_latex_table(path, header, rows, several ? 2 : 1);
}

void write_collapse_report(const CollapseResults& results, const OutputFolder& out) {
    std::vector<std::string> files;
    for (const auto& input : results.flags.inputs) files.push_back(input.filename().string());
    Report report("Finite-size scaling of accuracy curves", fmt::format("{}, {}", enumerated(files), date_and_time()));
    for (const auto& group : results.groups) {
        report.highlight(prefix(results, group) + answer(results, group.found));
        report.list(sentences(results, group.found));
    }
    for (const auto& group : results.groups) add_group(report, results, group, out);
    report.heading("Notes");
    report.list(notes(results));
    add_origins(report, results.flags.settings(), results.command,
                "Beside this page: fits.csv (one row per size), collapse.csv (one row per group), proxies.csv, "
                "config.json, fits.tex (the fits for a paper), and every figure as SVG, PNG and gnuplot script.",
                out);
    report.write(out / "report.html");
}

}  // namespace study
