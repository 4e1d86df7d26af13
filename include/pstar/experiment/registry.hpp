#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/experiment/model.hpp>

/// Models and corruptions by the names that grids, flags and tables call them by.
namespace pstar {

/// Values by name. The names are written to CSV files and journals: letters, digits and `_ - . +`.
template <class Value>
class Registry {
public:
    /// `what` is in the registry, for messages: "model".
    explicit Registry(std::string what) : what_(std::move(what)) {}

    /// Adds a value, or replaces the one of that name. Throws `std::invalid_argument` for a name that is empty or holds
    /// other characters.
    void add(const std::string& name, Value value) {
        const auto allowed = [](char letter) {
            return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                   (letter >= '0' && letter <= '9') || std::string_view("_-.+").find(letter) != std::string_view::npos;
        };
        require(!name.empty() && std::ranges::all_of(name, allowed), "Registry::add", "the name of a " + what_,
                "'" + name + "'", "consist of letters, digits and _ - . +");
        values_.insert_or_assign(name, std::move(value));
    }
    /// Throws `std::invalid_argument` for a name that was not added; the message lists those that were.
    const Value& at(const std::string& name) const {
        const auto found = values_.find(name);
        if (found == values_.end()) {
            std::string known;
            for (const auto& [other, value] : values_) known += (known.empty() ? "" : ", ") + other;
            require(false, "Experiment", what_, "'" + name + "'", "be registered; there are: " + known);
        }
        return found->second;
    }
    /// Whether a name is registered.
    bool contains(const std::string& name) const { return values_.contains(name); }
    /// All names, in alphabetical order.
    std::vector<std::string> names() const {
        std::vector<std::string> result;
        for (const auto& [name, value] : values_) result.push_back(name);
        return result;
    }

private:
    std::string what_;
    std::map<std::string, Value> values_;
};

/// Corruptions as functions of their strength.
using CorruptionRegistry = Registry<std::function<AnyCorruption(double strength)>>;
/// Kinds of models by name.
using ModelRegistry = Registry<std::shared_ptr<const ModelKind>>;

}  // namespace pstar
