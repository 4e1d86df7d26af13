#include <array>
#include <string>
#include <vector>

#include <pstar/io/csv_writer.hpp>

#include "collapse_report.hpp"
#include "common/report/estimate_cells.hpp"

namespace study {
namespace {

/// `name`, `name_low`, `name_high`.
void add_interval(std::vector<std::string>& columns, const std::string& name) {
    for (const char* end : {"", "_low", "_high"}) columns.push_back(name + end);
}

void write_fits(const CollapseStory& story, const std::filesystem::path& path) {
    std::vector<std::string> columns{"group", "size", "family"};
    for (const char* quantity : {"p_star", "slope", "width", "upper", "lower", "crossing"})
        add_interval(columns, quantity);
    for (const char* name : {"intervals",
                             "interval_dof",
                             "p_star_profile_low",
                             "p_star_profile_high",
                             "slope_profile_low",
                             "slope_profile_high",
                             "method",
                             "errors",
                             "deviance",
                             "dof",
                             "p_value",
                             "rms_residual",
                             "inflation",
                             "dispersion",
                             "aic",
                             "best_family",
                             "best_aic",
                             "strengths",
                             "least_runs",
                             "most_runs"})
        columns.emplace_back(name);
    add_interval(columns, "spread_peak");
    add_interval(columns, "spread_height");
    for (const char* name : {"spread_status", "status"}) columns.emplace_back(name);
    pstar::CsvWriter csv(path, columns);
    for (const auto& group : story.groups)
        for (const auto& size : group.sizes) {
            const auto& fit = size.fit;
            csv.cell(group.name);
            csv.cell(size.measured->size);
            csv.cell(to_string(fit.curve.family));
            for (const auto& estimate : {fit.p_star, fit.slope, fit.width, fit.upper, fit.lower, fit.crossing})
                cells(csv, estimate);
            csv.cell(to_string(fit.source));
            csv.cell(fit.interval_dof);
            csv.cell(fit.profile.p_star.low);
            csv.cell(fit.profile.p_star.high);
            csv.cell(fit.profile.slope.low);
            csv.cell(fit.profile.slope.high);
            csv.cell(to_string(fit.method));
            csv.cell(to_string(fit.error_source));
            csv.cell(fit.deviance);
            csv.cell(fit.dof);
            csv.cell(fit.p_value);
            csv.cell(fit.rms_residual);
            csv.cell(fit.inflation);
            csv.cell(fit.dispersion.rho);
            csv.cell(fit.aic);
            csv.cell(to_string(size.families.front().curve.family));
            csv.cell(size.families.front().aic);
            csv.cell(size.measured->strength.size());
            csv.cell(size.measured->least_runs());
            csv.cell(size.measured->most_runs());
            cells(csv, size.spread.peak);
            cells(csv, size.spread.height);
            csv.cell(to_string(size.spread.status));
            csv.cell(to_string(fit.status));
            csv.end_row();
        }
    csv.commit();
}

void write_collapses(const CollapseStory& story, const std::filesystem::path& path) {
    std::vector<std::string> columns{"group", "sizes"};
    for (const char* name : {"p_c", "nu", "zeta"}) add_interval(columns, name);
    for (const char* name : {"s",         "s_by_size",        "overlapping",     "points",
                             "s_line",    "overlapping_line", "p_value",         "log_evidence",
                             "inflation", "status",           "prediction_rms",  "null_prediction_rms",
                             "error_rms", "predicted_points", "shuffle_p_value", "shuffle_orders",
                             "shift",     "shift_p_value",    "sharpening",      "sharpening_p_value"})
        columns.emplace_back(name);
    for (const char* name : {"shift_slope", "sharpening_exponent", "p_star_limit", "approach_exponent"})
        add_interval(columns, name);
    columns.emplace_back("approach_status");
    pstar::CsvWriter csv(path, columns);
    for (const auto& group : story.groups) {
        const auto& collapse = group.collapse;
        csv.cell(group.name);
        csv.cell(collapse.sizes);
        for (const auto& estimate : {collapse.p_c, collapse.nu, collapse.zeta}) cells(csv, estimate);
        csv.cell(collapse.smooth.s);
        csv.cell(collapse.smooth.s_by_size);
        csv.cell(collapse.smooth.overlapping);
        csv.cell(collapse.smooth.points);
        csv.cell(collapse.line.s);
        csv.cell(collapse.line.overlapping);
        csv.cell(collapse.p_value);
        csv.cell(collapse.log_evidence);
        csv.cell(collapse.inflation);
        csv.cell(to_string(collapse.status));
        csv.cell(group.prediction.rms);
        csv.cell(group.prediction.null_rms);
        csv.cell(group.prediction.error_rms);
        csv.cell(group.prediction.scored);
        csv.cell(group.shuffled.p_value);
        csv.cell(group.shuffled.orders);
        csv.cell(to_string(group.shift.verdict));
        csv.cell(group.shift.p_value);
        csv.cell(to_string(group.sharpening.verdict));
        csv.cell(group.sharpening.p_value);
        for (const auto& estimate :
             {group.shift.slope, group.sharpening.slope, group.approach.limit, group.approach.exponent})
            cells(csv, estimate);
        csv.cell(to_string(group.approach.status));
        csv.end_row();
    }
    csv.commit();
}

void write_proxies(const CollapseStory& story, const std::filesystem::path& path) {
    std::vector<std::string> columns{"group", "rank", "proxy", "log_evidence", "share_best"};
    add_interval(columns, "s");
    for (const char* name : {"overlapping", "points", "s_line", "overlapping_line", "p_value"})
        columns.emplace_back(name);
    pstar::CsvWriter csv(path, columns);
    for (const auto& group : story.groups)
        for (std::size_t k = 0; k < group.ranking.proxies.size(); ++k) {
            const auto& proxy = group.ranking.proxies[k];
            csv.cell(group.name);
            csv.cell(k + 1);
            csv.cell(proxy.name);
            csv.cell(proxy.log_evidence);
            csv.cell(proxy.share_best);
            cells(csv, proxy.s);
            csv.cell(proxy.smooth.overlapping);
            csv.cell(proxy.smooth.points);
            csv.cell(proxy.line.s);
            csv.cell(proxy.line.overlapping);
            csv.cell(proxy.p_value);
            csv.end_row();
        }
    csv.commit();
}

}  // namespace

void write_collapse_tables(const CollapseStory& story, const OutputFolder& out) {
    write_fits(story, out / "fits.csv");
    write_collapses(story, out / "collapse.csv");
    write_proxies(story, out / "proxies.csv");
}

}  // namespace study
