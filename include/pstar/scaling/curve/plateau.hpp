#pragma once

namespace pstar {

/// How the upper level of a curve changes before the knee: at strength p it lies
///     fall s + bend s^2,   s = p - first,
/// below its height at `first`, the smallest strength measured. `fall` in accuracy per unit of strength, `bend` per
/// unit squared. Both 0: the plateau is level.
struct Plateau {
    double first = 0;
    double fall = 0, bend = 0;

    /// Whether it neither falls nor bends.
    bool is_level() const { return fall == 0 && bend == 0; }
    /// How far the plateau has come down at p.
    double loss(double p) const { return (p - first) * (fall + bend * (p - first)); }
    /// How fast it comes down at p, per unit of strength.
    double rate(double p) const { return fall + 2 * bend * (p - first); }
};

}  // namespace pstar
