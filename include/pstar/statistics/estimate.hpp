#pragma once

namespace pstar {

/// A number with its confidence interval [low, high]. An end that the data leave open is infinite; what is not defined
/// at all (say, the midpoint of a curve that never falls) is NaN, and the status beside it says why.
struct Estimate {
    double value;
    double low;
    double high;
};

}  // namespace pstar
