#pragma once

#include <stdexcept>

namespace study {

/// A wrong flag or folder: the user can put it right. One line that says how; the program ends with code 2.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace study
