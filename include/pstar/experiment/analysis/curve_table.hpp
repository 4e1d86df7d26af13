#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/parse_number.hpp>
#include <pstar/scaling/collapse/accuracy_rows.hpp>
#include <pstar/scaling/collapse/measured_size.hpp>
#include <pstar/sweep/journal_table.hpp>

/// Accuracy curves from CSV files of any program, with one row per run or one row per mean.
namespace pstar {

/// The columns to read, named as in the header of the files.
struct CurveColumns {
    std::string size, strength, accuracy;      ///< required
    std::vector<std::string> more_sizes = {};  ///< other sizes of the same network: width, then training images
    std::string error = {};                    ///< standard error of a mean; empty: none
    std::string repeats = {};                  ///< runs behind a mean; empty: unknown
    std::string seed = {};                  ///< the seed of a run; empty: `seed` or `repeat` if there is such a column
    std::string group = {};                 ///< the rows of each value are analysed apart; empty: one group
    std::vector<std::string> proxies = {};  ///< numbers to collapse against
    bool any_value = false;                 ///< "accuracies" are any finite numbers
    std::vector<std::pair<std::string, std::string>> where = {};  ///< rows to keep: column and value

    /// How rows become runs or means.
    RowOptions rows() const {
        return {.has_errors = !error.empty(), .has_repeats = !repeats.empty(), .any_value = any_value};
    }
};

/// The curves of one value of the group column.
struct MeasuredGroup {
    std::string name;                 ///< that value; empty without such a column
    std::vector<MeasuredSize> sizes;  ///< in increasing order
};

/// What was read.
struct CurveTable {
    std::vector<MeasuredGroup> groups;  ///< in the order in which they first occur
    std::size_t rows = 0;               ///< rows that were used
    std::size_t left_out = 0;           ///< rows without an accuracy: runs that failed or diverged
    std::vector<std::string> notes;     ///< what was assumed of the files, see `CsvTable::notes`
};

namespace detail {

/// The number that the text is, all of it; NaN if it is none.
inline double whole_text_number(std::string_view text) {
    return parse_number(text).value_or(std::numeric_limits<double>::quiet_NaN());
}

/// The rows of one file.
class CurveFile {
public:
    CurveFile(const std::filesystem::path& file, const CurveColumns& columns)
        : columns_(columns), table_(read_table(file)) {
        size_ = table_.numbers(columns.size);
        for (const auto& more : columns.more_sizes) more_sizes_.push_back(table_.numbers(more));
        strength_ = table_.numbers(columns.strength);
        accuracy_ = table_.numbers(columns.accuracy);
        if (!columns.error.empty()) error_ = table_.numbers(columns.error);
        if (!columns.repeats.empty()) repeats_ = table_.numbers(columns.repeats);
        if (const auto seed = seed_column(); !seed.empty()) seeds_ = table_.column(seed);
        if (!columns.group.empty()) groups_ = table_.column(columns.group);
        for (const auto& proxy : columns.proxies) proxies_.push_back(table_.numbers(proxy));
        for (const auto& condition : columns.where) where_.push_back(table_.column(condition.first));
    }

    std::size_t rows() const { return table_.rows.size(); }
    const std::vector<std::string>& notes() const { return table_.notes; }
    std::string group(std::size_t i) const { return groups_.empty() ? "" : groups_[i]; }
    bool has_accuracy(std::size_t i) const { return !std::isnan(accuracy_[i]); }

    /// Whether the row satisfies all conditions; numbers are compared as numbers.
    bool is_wanted(std::size_t i) const {
        for (std::size_t k = 0; k < where_.size(); ++k) {
            const auto &cell = where_[k][i], &value = columns_.where[k].second;
            if (cell != value && !(whole_text_number(cell) == whole_text_number(value))) return false;
        }
        return true;
    }
    /// Row i. Throws `DataError` that names file, line and column where it has a fault.
    AccuracyRow row(std::size_t i) const {
        AccuracyRow row{.size = size_[i], .strength = strength_[i], .accuracy = accuracy_[i]};
        row.place = "'" + table_.path + "', line " + std::to_string(table_.lines[i]);
        if (!error_.empty() && !std::isnan(error_[i])) row.error = error_[i];  // of a single run it is not defined
        if (!repeats_.empty()) row.repeats = repeats_[i];
        if (!seeds_.empty()) row.seed = seeds_[i];
        for (const auto& more : more_sizes_) row.more_sizes.push_back(more[i]);
        for (const auto& proxy : proxies_) row.proxies.push_back(proxy[i]);
        if (const auto fault = fault_of(row, columns_.rows())) refuse(row, *fault);
        return row;
    }

private:
    std::string seed_column() const {
        if (!columns_.seed.empty()) return columns_.seed;
        if (columns_.rows().of_means()) return "";
        for (const char* usual : {"seed", "repeat"})
            if (std::count(table_.header.begin(), table_.header.end(), usual) > 0) return usual;
        return "";
    }
    /// The column of the first further size that equals the value at fault, NaN too.
    const std::string& faulty_size(const AccuracyRow& row, double value) const {
        const auto is_it = [&](double size) { return size == value || (std::isnan(size) && std::isnan(value)); };
        const auto at = std::find_if(row.more_sizes.begin(), row.more_sizes.end(), is_it) - row.more_sizes.begin();
        return columns_.more_sizes[static_cast<std::size_t>(at)];
    }
    [[noreturn]] void refuse(const AccuracyRow& row, const RowFault& fault) const {
        const auto& column = fault.member == "size"         ? columns_.size
                             : fault.member == "more_sizes" ? faulty_size(row, fault.value)
                             : fault.member == "strength"   ? columns_.strength
                             : fault.member == "accuracy"   ? columns_.accuracy
                             : fault.member == "error"      ? columns_.error
                                                            : columns_.repeats;
        std::ostringstream text;
        text << row.place << ", column '" << column << "': " << fault.value << " must " << fault.must;
        throw DataError(text.str());
    }

    const CurveColumns& columns_;
    CsvTable table_;
    std::vector<double> size_, strength_, accuracy_, error_, repeats_;
    std::vector<std::string> seeds_, groups_;
    std::vector<std::vector<double>> more_sizes_, proxies_;
    std::vector<std::vector<std::string>> where_;
};

}  // namespace detail

/// Reads the files, whose columns may come in any order.
///
///     const auto table = pstar::read_curves({"runs.csv"}, {.size = "width", .strength = "p", .accuracy = "accuracy"});
///     const auto found = pstar::analyse_sizes(table.groups[0].sizes);
///
/// Throws `DataError`, naming file, line, column, the value and what was expected, for cells that are no numbers,
/// accuracies outside [0, 1], sizes that are not positive, negative errors, a mean that occurs twice, and when no row
/// is left; std::invalid_argument without files.
inline CurveTable read_curves(std::span<const std::filesystem::path> files, const CurveColumns& columns) {
    require(!files.empty(), "read_curves", "number of files", files.size(), "be at least 1");
    CurveTable table;
    std::vector<std::vector<AccuracyRow>> rows;  // of each group
    for (const auto& path : files) {
        const detail::CurveFile file(path, columns);
        for (const auto& assumed : file.notes()) table.notes.push_back("'" + path.string() + "': " + assumed);
        for (std::size_t i = 0; i < file.rows(); ++i) {
            if (!file.is_wanted(i)) continue;
            if (!file.has_accuracy(i)) {
                ++table.left_out;
                continue;
            }
            const auto name = file.group(i);
            const auto same = [&](const MeasuredGroup& group) { return group.name == name; };
            const auto at = std::find_if(table.groups.begin(), table.groups.end(), same) - table.groups.begin();
            const auto g = static_cast<std::size_t>(at);
            if (g == rows.size()) rows.emplace_back(), table.groups.push_back({name, {}});
            rows[g].push_back(file.row(i));
            ++table.rows;
        }
    }
    if (table.rows == 0)
        throw DataError("read_curves: no row with an accuracy is left in '" + files[0].string() + "'" +
                        (columns.where.empty() ? "" : ": check the conditions on the rows (where)"));
    for (std::size_t g = 0; g < rows.size(); ++g) table.groups[g].sizes = group_by_size(rows[g], columns.rows());
    return table;
}

}  // namespace pstar
