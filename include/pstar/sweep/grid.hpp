#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <set>
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
    if constexpr (!std::is_arithmetic_v<Value> && requires { to_string(value); })
        return to_string(value);
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
    /// The values of a run under the names of its axes.
    using Key = nlohmann::ordered_json;

    /// Without axes: the one run `base`, whose members the axes replace.
    explicit Grid(Run base = {}) : base_(std::move(base)) {}

    /// Adds an axis. Throws `std::invalid_argument` if there is an axis of that name, if there are no values, if two
    /// are equal, or if one is NaN.
    template <class Value>
    Grid& axis(const std::string& name, Value Run::*member, std::vector<std::type_identity_t<Value>> values) {
        const auto count = values.size();
        return add({count, [member, values = std::move(values)](Run& run, std::size_t i) { run.*member = values[i]; },
                    [member, name](const Run& run, Key& key) { key[name] = detail::key_value(run.*member); }},
                   {&name, 1});
    }
    /// Adds several members that vary together, as one axis whose values are combinations. Example: kinds of networks,
    /// each with widths of its own,
    ///
    ///     together<Kind, std::size_t>({"kind", "width"}, {&Run::kind, &Run::width}, {{mlp, 130}, {cnn, 8}})
    template <class... Values>
    Grid& together(const std::array<std::string, sizeof...(Values)>& names, std::tuple<Values Run::*...> members,
                   std::vector<std::tuple<std::type_identity_t<Values>...>> values) {
        const auto set = [members, values](Run& run, std::size_t i) {
            std::apply([&](auto... member) { std::tie(run.*member...) = values[i]; }, members);
        };
        const auto write = [members, names](const Run& run, Key& key) {
            std::size_t i = 0;
            std::apply([&](auto... member) { ((key[names[i++]] = detail::key_value(run.*member)), ...); }, members);
        };
        return add({values.size(), set, write}, names);
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

    /// Keys leave the axis `name` out where it has this value, which all runs had before there was such an axis: a
    /// journal from that time is read as before. Throws `std::invalid_argument` if there is no axis of that name.
    template <class Value>
    Grid& leave_out(const std::string& name, const Value& value) {
        const bool known = std::find(names_.begin(), names_.end(), name) != names_.end();
        require(known && name != repeat_name_, "Grid::leave_out", "name", "'" + name + "'", "be that of an axis");
        left_out_.emplace_back(name, detail::key_value(value));
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
    /// All runs in order, the last axis fastest.
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
        for (const auto& [name, value] : left_out_)
            if (key.at(name) == value) key.erase(name);
        if (repeats_ > 0) key[repeat_name_] = run.*repeat_;
        return key;
    }

private:
    struct Axis {
        std::size_t count;
        std::function<void(Run&, std::size_t)> set;
        std::function<void(const Run&, Key&)> write;
    };
    Grid& add(Axis axis, std::span<const std::string> names) {
        const auto all_names = joined(names);
        require(axis.count > 0, "Grid::axis", all_names + ": number of values", axis.count, "be at least 1");
        require(axis.count <= std::numeric_limits<std::size_t>::max() / size(), "Grid::axis",
                all_names + ": number of values", axis.count, "leave the number of runs countable");
        std::set<std::string> seen;
        Run run = base_;
        for (std::size_t i = 0; i < axis.count; ++i) {
            axis.set(run, i);
            Key key;
            axis.write(run, key);
            for (const auto& [name, shown] : key.items())
                require(!shown.is_number_float() || !std::isnan(shown.template get<double>()), "Grid::axis",
                        name + ": a value", shown.dump(), "be a number");
            const auto shown = names.size() == 1 ? key.front().dump() : key.dump();
            require(seen.insert(shown).second, "Grid::axis", all_names + ": the value", shown, "occur once");
        }
        for (const auto& name : names) check_name(name), names_.push_back(name);
        axes_.push_back(std::move(axis));
        return *this;
    }
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
    std::vector<std::pair<std::string, Key>> left_out_;
    std::string repeat_name_;
    std::size_t Run::*repeat_ = nullptr;
    std::size_t repeats_ = 0;
};

}  // namespace pstar
