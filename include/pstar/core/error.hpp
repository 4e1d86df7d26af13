#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <pstar/core/detail/requirements.hpp>

namespace pstar {

/// Data that cannot be what it claims to be: a file that is missing, truncated or of another kind, labels out of range.
/// The message names the file or array, what was found and what was expected.
class DataError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Throws `std::invalid_argument("where: name (= value) must ...")` unless `ok`.
/// Example: `require(p >= 0 && p <= 1, "Replacement", "p", p, "lie in [0, 1]")` gives
/// `Replacement: p (= 1.2) must lie in [0, 1]`. Write the condition so that NaN makes it false.
template <class Value>
void require(bool ok, std::string_view where, std::string_view name, const Value& value, std::string_view must) {
    if (ok) [[likely]]
        return;
    std::ostringstream text;
    text << where << ": " << name << " (= " << value << ") must " << must;
    throw std::invalid_argument(text.str());
}

}  // namespace pstar
