#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/core/error.hpp>

/// A grid of typed axes: every combination of their values is a run.
namespace pstar {

namespace detail {

/// A value as it is written in the key of a run: numbers as numbers; enumerators and classes by their `to_string`, if
/// they have one.
template <class Value>
nlohmann::ordered_json key_value(const Value& value) {
    if constexpr (!std::is_arithmetic_v<Value> && requires { std::string(to_string(value)); })
        return std::string(to_string(value));
    else if constexpr (std::is_floating_point_v<Value>)
        return value + Value{0};  // -0 becomes 0
    else
        return value;
}

}  // namespace detail

/// The runs of a sweep. `Run` is any default-constructible struct of yours. An axis is one of its members and the
/// values that it takes; members without an axis keep their value in `base`:
///
///     struct Run { double strength = 0; std::size_t width = 64, repeat = 0; };
///     const auto grid = pstar::Grid<Run>().axis("strength", &Run::strength, {0, 0.5, 0.9})
///                                         .axis("width", &Run::width, {16, 64})
///                                         .repeats("repeat", &Run::repeat, 5);
///
/// Runs are numbered so that the last axis varies fastest, and repeats faster than any axis. The key of a run is a JSON
/// object with the names and values of the axes, e.g. {"strength":0.5,"width":16,"repeat":3}. It depends neither on the
/// other values of the axes nor on their order: when values are added to a grid, its old runs are found again in a
/// journal. Names of axes must differ, and so must the values of an axis. Memory does not grow with the number of runs.
template <class Run>
class Grid {
public:
    using Key = nlohmann::ordered_json;

    explicit Grid(Run base = {}) : base_(std::move(base)) {}

    /// Adds an axis. Throws `std::invalid_argument` if there is an axis of that name, if there are no values, if two
    /// are equal, or if one is NaN.
    template <class Value>
    Grid& axis(std::string name, Value Run::*member, std::vector<std::type_identity_t<Value>> values) {
        return together<Value>({std::move(name)}, {member},
                               std::vector<std::tuple<Value>>(values.begin(), values.end()));
    }
    /// Adds several members that vary together, as one axis whose values are combinations. Example: kinds of networks,
    /// each with widths of its own,
    ///
    ///     together<Kind, std::size_t>({"kind", "width"}, {&Run::kind, &Run::width}, {{mlp, 130}, {cnn, 8}})
    template <class... Values>
    Grid& together(const std::array<std::string, sizeof...(Values)>& names, std::tuple<Values Run::*...> members,
                   std::vector<std::tuple<std::type_identity_t<Values>...>> values) {
        const auto all_names = joined(names);
        require(!values.empty(), "Grid::axis", all_names + ": number of values", values.size(), "be at least 1");
        const auto members_of = [members](auto& run) {
            return std::apply([&](auto... member) { return std::tie(run.*member...); }, members);
        };
        const auto write = [members_of, names](const Run& run, Key& key) {
            std::apply(
                [&](const auto&... value) {
                    std::size_t i = 0;
                    ((key[names[i++]] = detail::key_value(value)), ...);
                },
                members_of(run));
        };
        for (auto value = values.begin(); value != values.end(); ++value) {
            Run run = base_;
            members_of(run) = *value;
            Key key;
            write(run, key);
            for (const auto& [name, shown] : key.items())
                require(!shown.is_number_float() || !std::isnan(shown.template get<double>()), "Grid::axis",
                        name + ": a value", shown.dump(), "be a number");
            require(std::find(values.begin(), value, *value) == value, "Grid::axis", all_names + ": the value",
                    sizeof...(Values) == 1 ? key.front().dump() : key.dump(), "occur once");
        }
        for (const auto& name : names) check_name(name);
        const auto count = values.size();
        require(count <= std::numeric_limits<std::size_t>::max() / size(), "Grid::axis",
                all_names + ": number of values", count, "leave the number of runs countable");
        names_.insert(names_.end(), names.begin(), names.end());
        axes_.push_back(
            {count, [members_of, values = std::move(values)](Run& run, std::size_t i) { members_of(run) = values[i]; },
             write});
        return *this;
    }
    /// Adds the axis of repeats: 0, ..., count - 1. With adaptive repeats a point of the grid may use only the first
    /// few.
    Grid& repeats(std::string name, std::size_t Run::*member, std::size_t count) {
        require(repeats_ == 0, "Grid::repeats", "the grid's repeats", repeats_, "be set once");
        require(count >= 1, "Grid::repeats", "count", count, "be at least 1");
        check_name(name);
        names_.push_back(name);
        repeat_name_ = std::move(name);
        repeat_ = member;
        repeats_ = count;
        return *this;
    }

    /// Number of points: combinations of the values of all axes except the repeats.
    std::size_t points() const {
        std::size_t product = 1;
        for (const auto& axis : axes_) product *= axis.count;
        return product;
    }
    /// Largest number of repeats of a point; 1 if there is no axis of repeats.
    std::size_t repeats() const { return std::max<std::size_t>(repeats_, 1); }
    std::size_t size() const { return points() * repeats(); }

    /// Run `index`: repeat index % repeats() of point index / repeats().
    Run operator[](std::size_t index) const {
        require(index < size(), "Grid", "index", index, "be less than the number of runs, " + std::to_string(size()));
        Run run = base_;
        if (repeats_ > 0) run.*repeat_ = index % repeats_;
        auto rest = index / repeats();
        for (auto axis = axes_.rbegin(); axis != axes_.rend(); ++axis) {
            axis->set(run, rest % axis->count);
            rest /= axis->count;
        }
        return run;
    }
    std::vector<Run> runs() const {
        std::vector<Run> result;
        result.reserve(size());
        for (std::size_t i = 0; i < size(); ++i) result.push_back((*this)[i]);
        return result;
    }
    /// The names and values of the axes, in the order they were added, repeats last.
    Key key(const Run& run) const {
        Key key = Key::object();
        for (const auto& axis : axes_) axis.write(run, key);
        if (repeats_ > 0) key[repeat_name_] = run.*repeat_;
        return key;
    }

private:
    struct Axis {
        std::size_t count;
        std::function<void(Run&, std::size_t)> set;
        std::function<void(const Run&, Key&)> write;
    };
    static std::string joined(std::span<const std::string> names) {
        std::string text;
        for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
        return text;
    }
    void check_name(const std::string& name) const {
        const bool taken = std::find(names_.begin(), names_.end(), name) != names_.end();
        require(!name.empty() && !taken, "Grid", "the name of an axis", "'" + name + "'",
                "not be empty and occur once");
    }

    Run base_;
    std::vector<Axis> axes_;
    std::vector<std::string> names_;
    std::string repeat_name_;
    std::size_t Run::*repeat_ = nullptr;
    std::size_t repeats_ = 0;
};

}  // namespace pstar
