#include "curve_table.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <pstar/core/error.hpp>
#include <pstar/io/csv_reader.hpp>

#include "common/cli/text.hpp"

namespace study {
namespace {

/// A row that takes part.
struct Row {
    double accuracy, error, repeats;
    std::string seed;
    std::vector<double> proxies;
    std::string place;  ///< file and line
};

using Points = std::map<double, std::vector<Row>>;  // by strength
using Sizes = std::map<double, Points>;

[[noreturn]] void refuse(const std::string& place, const std::string& column, double value, const std::string& must) {
    throw pstar::DataError(fmt::format("{}, column '{}': {:g} must {}", place, column, value, must));
}

/// One file with the columns that are asked for.
class Source {
public:
    Source(const std::filesystem::path& file, const CurveColumns& columns)
        : table_(pstar::read_csv(file)), columns_(columns), seed_(seed_column()) {
        size_ = table_.numbers(columns.size);
        strength_ = table_.numbers(columns.strength);
        accuracy_ = table_.numbers(columns.accuracy);
        if (!columns.error.empty()) error_ = table_.numbers(columns.error);
        if (!columns.repeats.empty()) repeats_ = table_.numbers(columns.repeats);
        if (!seed_.empty()) seeds_ = table_.column(seed_);
        if (!columns.group.empty()) groups_ = table_.column(columns.group);
        for (const auto& proxy : columns.proxies) proxies_.push_back(table_.numbers(proxy));
        for (const auto& [column, value] : columns.where) {
            where_.push_back(table_.column(column));
            wanted_.push_back(value);
        }
    }

    std::size_t rows() const { return table_.rows.size(); }
    std::string place(std::size_t i) const { return fmt::format("'{}', line {}", table_.path, table_.lines[i]); }
    std::string group(std::size_t i) const { return groups_.empty() ? "" : groups_[i]; }
    /// The row answers to every `--where`; numbers are compared as numbers.
    bool is_wanted(std::size_t i) const {
        for (std::size_t k = 0; k < where_.size(); ++k) {
            const auto &cell = where_[k][i], &value = wanted_[k];
            if (cell != value && !(number(cell) == number(value))) return false;
        }
        return true;
    }
    bool has_accuracy(std::size_t i) const { return !std::isnan(accuracy_[i]); }
    double size(std::size_t i) const {
        if (!(size_[i] > 0) || std::isinf(size_[i]))
            refuse(place(i), columns_.size, size_[i], "be positive and finite");
        return size_[i];
    }
    double strength(std::size_t i) const {
        if (!std::isfinite(strength_[i])) refuse(place(i), columns_.strength, strength_[i], "be a finite number");
        return strength_[i];
    }
    Row row(std::size_t i) const {
        const double a = accuracy_[i];
        if (!(a >= 0 && a <= 1)) refuse(place(i), columns_.accuracy, a, "lie in [0, 1]; divide percentages by 100");
        Row row{a, 0, 1, seeds_.empty() ? "" : seeds_[i], {}, place(i)};
        if (!error_.empty()) row.error = std::isnan(error_[i]) ? 0 : error_[i];  // of a single run it is not defined
        if (!(row.error >= 0) || std::isinf(row.error))
            refuse(place(i), columns_.error, row.error, "be a standard error: finite, at least 0");
        if (!repeats_.empty()) row.repeats = repeats_[i];
        if (!(row.repeats >= 1) || row.repeats != std::floor(row.repeats))
            refuse(place(i), columns_.repeats, row.repeats, "be a whole number of at least 1");
        for (const auto& proxy : proxies_) row.proxies.push_back(proxy[i]);
        return row;
    }

private:
    std::string seed_column() const {
        if (!columns_.seed.empty()) return columns_.seed;
        if (!columns_.error.empty() || !columns_.repeats.empty()) return "";  // means
        for (const char* usual : {"seed", "repeat"})
            if (std::ranges::count(table_.header, usual) > 0) return usual;
        return "";
    }

    pstar::CsvTable table_;
    const CurveColumns& columns_;
    std::string seed_;
    std::vector<double> size_, strength_, accuracy_, error_, repeats_;
    std::vector<std::string> seeds_, groups_, wanted_;
    std::vector<std::vector<double>> proxies_;
    std::vector<std::vector<std::string>> where_;
};

/// Puts runs in the order of their seeds; true if every strength has the same ones, each once.
bool align_seeds(Points& points) {
    std::vector<std::string> seeds;
    for (auto& [strength, rows] : points) {
        std::ranges::stable_sort(rows, {}, &Row::seed);
        std::vector<std::string> here;
        for (const auto& row : rows) here.push_back(row.seed);
        if (here.front().empty() || std::ranges::adjacent_find(here) != here.end()) return false;
        if (seeds.empty()) seeds = here;
        if (here != seeds) return false;
    }
    return true;
}

double mean_proxy(const std::vector<Row>& rows, std::size_t k) {
    double sum = 0;
    for (const auto& row : rows) sum += row.proxies[k];
    return sum / static_cast<double>(rows.size());
}

MeasuredSize measured(double size, Points& points, const CurveColumns& columns) {
    MeasuredSize result{.size = size};
    result.proxies.resize(columns.proxies.size());
    const bool of_means = !columns.error.empty() || !columns.repeats.empty();
    result.same_seeds = !of_means && align_seeds(points);
    for (const auto& [strength, rows] : points) {
        if (of_means && rows.size() > 1)
            throw pstar::DataError(
                fmt::format("{}: size {:g} and strength {:g} occurred before; a mean occurs once: select rows with "
                            "--where, tell groups apart with --group",
                            rows[1].place, size, strength));
        result.strength.push_back(strength);
        result.runs.emplace_back();
        for (const auto& row : rows) result.runs.back().push_back(row.accuracy);
        if (!columns.error.empty()) result.error.push_back(rows[0].error);
        if (!columns.repeats.empty()) result.repeats.push_back(static_cast<std::size_t>(rows[0].repeats));
        for (std::size_t k = 0; k < columns.proxies.size(); ++k) result.proxies[k].push_back(mean_proxy(rows, k));
    }
    return result;
}

}  // namespace

std::size_t MeasuredSize::least_runs() const {
    if (!repeats.empty()) return std::ranges::min(repeats);
    std::size_t least = runs.empty() ? 0 : runs[0].size();
    for (const auto& some : runs) least = std::min(least, some.size());
    return least;
}

std::size_t MeasuredSize::most_runs() const {
    if (!repeats.empty()) return std::ranges::max(repeats);
    std::size_t most = 0;
    for (const auto& some : runs) most = std::max(most, some.size());
    return most;
}

std::vector<double> MeasuredSize::accuracy() const {
    std::vector<double> means;
    for (const auto& some : runs)
        means.push_back(std::accumulate(some.begin(), some.end(), 0.0) / static_cast<double>(some.size()));
    return means;
}

pstar::SeedCurves MeasuredSize::by_seed() const {
    pstar::SeedCurves curves{strength, std::vector<std::vector<double>>(runs.empty() ? 0 : runs[0].size())};
    for (const auto& some : runs)
        for (std::size_t r = 0; r < some.size(); ++r) curves.accuracy[r].push_back(some[r]);
    return curves;
}

CurveTable read_curves(const std::vector<std::filesystem::path>& files, const CurveColumns& columns) {
    CurveTable table;
    std::vector<std::pair<std::string, Sizes>> groups;
    for (const auto& file : files) {
        const Source source(file, columns);
        for (std::size_t i = 0; i < source.rows(); ++i) {
            if (!source.is_wanted(i)) continue;
            if (!source.has_accuracy(i)) {
                ++table.left_out;
                continue;
            }
            auto place = std::ranges::find(groups, source.group(i), &std::pair<std::string, Sizes>::first);
            if (place == groups.end()) place = groups.insert(groups.end(), {source.group(i), {}});
            place->second[source.size(i)][source.strength(i)].push_back(source.row(i));
            ++table.rows;
        }
    }
    if (table.rows == 0)
        throw pstar::DataError(fmt::format("no row with an accuracy is left in {}{}", files[0].string(),
                                           columns.where.empty() ? "" : ": check --where"));
    for (auto& [name, sizes] : groups) {
        MeasuredGroup group{name};
        for (auto& [size, points] : sizes) group.sizes.push_back(measured(size, points, columns));
        table.groups.push_back(std::move(group));
    }
    return table;
}

}  // namespace study
