#include "collapse_report.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/report/report.hpp"
#include "common/run/conclusion.hpp"

namespace study {
namespace {

/// The number, unless the curve did not identify it: then fits.csv has it, for what it is worth.
std::string number_of(const pstar::CurveFit& fit, const pstar::Estimate& estimate) {
    return is_comparable(fit) ? in_words(estimate) : "-";
}

std::string runs_in_words(const MeasuredSize& size) {
    const auto least = size.least_runs(), most = size.most_runs();
    return least == most ? std::to_string(most) : fmt::format("{} to {}", least, most);
}

/// `relu: ` before what is said of one of several groups.
std::string prefix(const CollapseStory& story, const GroupAnalysis& group) {
    return story.groups.size() == 1 ? "" : group.name + ": ";
}

std::string sizes_in_words(const GroupAnalysis& group) {
    std::vector<std::string> words;
    for (const auto& size : group.sizes)
        if (is_comparable(size.fit)) words.push_back(fmt::format("{:g}", size.measured->size));
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
std::string ends_in_words(const GroupAnalysis& group, bool of_slope) {
    std::vector<std::string> words;
    for (const auto& size : group.sizes)
        if (is_comparable(size.fit))
            words.push_back(fmt::format("{:.3g} at {:g}", of_slope ? size.fit.slope.value : size.fit.p_star.value,
                                        size.measured->size));
    return fmt::format("from {} to {}", words.front(), words.back());
}

/// The shift of the knee in one sentence, beginning with the verdict.
std::string shift_sentence(const CollapseStory& story, const GroupAnalysis& group) {
    const auto& trend = group.shift;
    const auto name = story.flags.columns.strength + "*", size = story.flags.columns.size;
    if (!std::isfinite(trend.slope.low) || !std::isfinite(trend.slope.high))
        return fmt::format("Shift: undecided. {}", trend.reason);
    if (is_bent(trend))
        return fmt::format("Shift: {} {} with {}, {}{}. {}", name, to_string(trend.verdict), size,
                           ends_in_words(group, false), against_no_trend(trend), trend.reason);
    const double doubling = std::numbers::ln2;  // the trend is per factor e
    const double low = doubling * trend.slope.low, high = doubling * trend.slope.high, scale = (high - low) / 2;
    const auto verb = trend.verdict == pstar::Verdict::undecided
                          ? fmt::format("undecided: {} changes", name)
                          : fmt::format("{} {}:", name, to_string(trend.verdict));
    return fmt::format("Shift: {} by {} per doubling of {}, 95% interval [{}, {}], from sizes {}{}.{}", verb,
                       signed_number(doubling * trend.slope.value, scale), size, signed_number(low, scale),
                       signed_number(high, scale), sizes_in_words(group), against_no_trend(trend),
                       group.approach.status == pstar::ApproachStatus::ok
                           ? fmt::format(" Approaching a limit as a power of size, {} would end at {}.", name,
                                         in_words(group.approach.limit))
                           : "");
}

std::string sharpening_sentence(const CollapseStory& story, const GroupAnalysis& group) {
    const auto& trend = group.sharpening;
    const auto size = story.flags.columns.size;
    if (!std::isfinite(trend.slope.low) || !std::isfinite(trend.slope.high))
        return fmt::format("Sharpening: undecided. {}", trend.reason);
    if (is_bent(trend))
        return fmt::format("Sharpening: the slope {} with {}, {}{}. {}", to_string(trend.verdict), size,
                           ends_in_words(group, true), against_no_trend(trend), trend.reason);
    const double scale = (trend.slope.high - trend.slope.low) / 2;
    const auto verb = trend.verdict == pstar::Verdict::undecided
                          ? std::string("undecided: the slope goes")
                          : fmt::format("the slope {},", to_string(trend.verdict));
    return fmt::format("Sharpening: {} as {} to the power {}, 95% interval [{}, {}], from sizes {}{}.", verb, size,
                       signed_number(trend.slope.value, scale), signed_number(trend.slope.low, scale),
                       signed_number(trend.slope.high, scale), sizes_in_words(group), against_no_trend(trend));
}

std::string collapse_sentence(const GroupAnalysis& group) {
    const auto& c = group.collapse;
    if (c.status == pstar::CollapseStatus::too_few_sizes || c.status == pstar::CollapseStatus::no_overlap)
        return "Collapse: undecided. " + c.explanation;
    return fmt::format(
        "Collapse: {} p_c = {}, nu = {}{}; S = {:.2f} from {} of {} points (p-value {:.3f}; straight lines between "
        "points, after Houdayer and Hartmann: {:.2f} from {}).",
        c.explanation, in_words(c.p_c), in_words(c.nu),
        c.zeta.low == c.zeta.high && c.zeta.value == 0 ? "" : ", zeta = " + in_words(c.zeta), c.smooth.s,
        c.smooth.overlapping, c.smooth.points, c.p_value, c.line.s, c.line.overlapping);
}

/// What sizes left out, and sizes dealt out anew, say of the collapse.
std::string evidence_sentence(const GroupAnalysis& group) {
    std::string text;
    const auto& prediction = group.prediction;
    if (prediction.scored > 0)
        text += fmt::format(
            "A size left out is predicted by the others to {:.3f} (root mean square over {} points; {:.3f} without "
            "scaling, {:.3f} is measurement error).",
            prediction.rms, prediction.scored, prediction.null_rms, prediction.error_rms);
    const auto& shuffled = group.shuffled;
    if (shuffled.orders > 1)
        text += fmt::format(
            " Among all {} orders of the sizes tried, a share {:.3g} collapses as well as the true one{}.",
            shuffled.orders, shuffled.p_value, shuffled.orders < 20 ? "; so few orders cannot reach 5%" : "");
    return text;
}

std::string ranking_sentence(const CollapseStory& story, const GroupAnalysis& group) {
    if (group.ranking.proxies.empty()) return "";
    std::vector<std::string> words;
    for (const auto& proxy : group.ranking.proxies)
        words.push_back(fmt::format("{} (S = {:.2f}, {} points overlap)",
                                    proxy.name == story.flags.columns.strength ? "the bare " + proxy.name : proxy.name,
                                    proxy.s.value, proxy.smooth.overlapping));
    return fmt::format("Proxies, best first: {}. {}", enumerated(words), group.ranking.reason);
}

std::string family_sentence(const GroupAnalysis& group) {
    if (group.aic_gain < 10) return "";
    return fmt::format(
        "The {} family describes the curves better than the {} one (AIC less by {:.0f} over all sizes): --family {} "
        "fits it, --family best the best.",
        to_string(group.best_family), to_string(group.family), group.aic_gain, to_string(group.best_family));
}

void add_fits(Report& report, const CollapseStory& story, const GroupAnalysis& group) {
    const auto& columns = story.flags.columns;
    std::vector<std::string> header{
        columns.size,     columns.strength + "*", "slope", "upper level", "lower level", "deviance / dof", "runs",
        "intervals from", "peak of the spread",   "status"};
    if (story.flags.level) header.insert(header.begin() + 3, fmt::format("passes {:g} at", *story.flags.level));
    std::vector<std::vector<std::string>> rows;
    for (const auto& size : group.sizes) {
        const auto& fit = size.fit;
        const auto quality = fit.dof > 0 && std::isfinite(fit.deviance)
                                 ? fmt::format("{:.1f} / {}", fit.deviance, fit.dof)
                                 : std::string("-");
        const bool peaks = size.spread.status == pstar::SpreadStatus::ok;
        std::vector<std::string> row{fmt::format("{:g}", size.measured->size),
                                     number_of(fit, fit.p_star),
                                     number_of(fit, fit.slope),
                                     number_of(fit, fit.upper),
                                     number_of(fit, fit.lower),
                                     quality,
                                     runs_in_words(*size.measured),
                                     std::string(to_string(fit.source)),
                                     peaks ? in_words(size.spread.peak) : std::string(to_string(size.spread.status)),
                                     std::string(to_string(fit.status))};
        if (story.flags.level) row.insert(row.begin() + 3, number_of(fit, fit.crossing));
        rows.push_back(row);
    }
    report.table(header, rows);
}

void add_family_table(Report& report, const GroupAnalysis& group) {
    std::vector<std::string> header{"family"};
    for (const auto& size : group.sizes) header.push_back(fmt::format("size {:g}", size.measured->size));
    std::vector<std::vector<std::string>> rows;
    for (const auto family : pstar::sigmoid_families) {
        std::vector<std::string> row{std::string(to_string(family))};
        for (const auto& size : group.sizes) {
            const auto place =
                std::ranges::find(size.families, family, [](const auto& fit) { return fit.curve.family; });
            const bool fitted = place != size.families.end() && std::isfinite(place->curve.p_star);
            row.push_back(fitted ? fmt::format("{:+.1f}", place->aic - size.families.front().aic) : "-");
        }
        rows.push_back(row);
    }
    report.paragraph(
        "AIC of every family less that of the best at the same size; differences below about 2 decide nothing.");
    report.table(header, rows);
}

void add_group(Report& report, const CollapseStory& story, const GroupAnalysis& group, const OutputFolder& out) {
    const auto& columns = story.flags.columns;
    report.heading(story.groups.size() == 1 ? "The curves" : "Group " + group.name);
    const auto figure = [&](const char* what, const std::string& caption) {
        if (story.has_figures) report.figure(out / (figure_name(story, group, what) + ".svg"), caption);
    };
    figure("curves",
           fmt::format("{} against {} at every {}: means with standard errors, the fitted {} curves, and "
                       "{}* (half height) with its 95% interval.",
                       columns.accuracy, columns.strength, columns.size, to_string(group.family), columns.strength));
    add_fits(report, story, group);
    add_family_table(report, group);
    if (group.sizes.size() < 2) return;
    figure("trends",
           fmt::format("Left: {}* against {}; right: the slope there, on logarithmic axes. 95% intervals; the "
                       "dashed lines are the weighted trends.",
                       columns.strength, columns.size));
    figure("collapse", "The curves in the coordinates of the best collapse. Bars are standard errors.");
    figure("landscape",
           "How the quality S (straight lines between points) depends on the exponents: dark is good. The dot is the "
           "best place, the cross the 95% intervals.");
}

std::vector<std::string> notes(const CollapseStory& story) {
    std::vector<std::string> notes;
    notes.push_back(fmt::format(
        "{} rows took part{}.", story.table.rows,
        story.table.left_out > 0 ? fmt::format(", {} without an accuracy were left out", story.table.left_out) : ""));
    notes.push_back(
        "Where intervals come from: seeds, a bootstrap over seeds, each with its whole curve, with Student's t; runs, "
        "the scatter between runs of each strength, taken as independent; profile, the likelihood. The last two are "
        "widened where the curve misses its points (misfit).");
    notes.push_back(
        "S is the mean squared distance of a point from the curve through the other sizes, in units of their errors: "
        "near 1 for a true collapse. Points that no other size brackets are not judged; their number is shown. The "
        "p-value is the share of simulated true collapses, with the same noise, whose S is as large.");
    notes.push_back(
        "Curves tested on the same images share what is particular to those; no interval here knows of that.");
    return notes;
}

}  // namespace

std::vector<std::string> collapse_findings(const CollapseStory& story) {
    std::vector<std::string> lines;
    for (const auto& group : story.groups) {
        const auto head = prefix(story, group);
        for (const auto& size : group.sizes)
            lines.push_back(fmt::format("{}{} {:g}: {}* = {}, slope {}, {}", head, story.flags.columns.size,
                                        size.measured->size, story.flags.columns.strength,
                                        number_of(size.fit, size.fit.p_star), number_of(size.fit, size.fit.slope),
                                        to_string(size.fit.status)));
        if (const auto hint = family_sentence(group); !hint.empty()) lines.push_back(head + hint);
        lines.push_back(head + shift_sentence(story, group));
        lines.push_back(head + sharpening_sentence(story, group));
        lines.push_back(head + collapse_sentence(group));
        for (const auto& more : {evidence_sentence(group), ranking_sentence(story, group)})
            if (!more.empty()) lines.push_back(head + more);
    }
    return lines;
}

void write_collapse_report(const CollapseStory& story, const OutputFolder& out) {
    Report report("Finite-size scaling of accuracy curves",
                  fmt::format("{}, {}", enumerated([&] {
                                  std::vector<std::string> names;
                                  for (const auto& input : story.flags.inputs)
                                      names.push_back(input.filename().string());
                                  return names;
                              }()),
                              date_and_time()));
    for (const auto& group : story.groups) {
        std::vector<std::string> sentences{shift_sentence(story, group), sharpening_sentence(story, group),
                                           collapse_sentence(group)};
        if (const auto hint = family_sentence(group); !hint.empty()) sentences.push_back(hint);
        for (const auto& more : {evidence_sentence(group), ranking_sentence(story, group)})
            if (!more.empty()) sentences.push_back(more);
        report.highlight(prefix(story, group) + sentences[0]);
        report.list({sentences.begin() + 1, sentences.end()});
    }
    for (const auto& group : story.groups) add_group(report, story, group, out);
    report.heading("To bear in mind");
    report.list(notes(story));
    add_origins(report, story.flags.settings(), story.command,
                "Beside this page: fits.csv (a row a size), collapse.csv (a row a group), proxies.csv, config.json, "
                "and every figure "
                "as SVG, PNG and gnuplot script.");
    report.write(out / "report.html");
}

}  // namespace study
