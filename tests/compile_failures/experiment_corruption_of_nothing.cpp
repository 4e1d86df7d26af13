// A corruption is registered with a function of its strength.
// expect: a corruption is registered with a function of its strength
#include <pstar/corruption/replacement.hpp>
#include <pstar/experiment/registration.hpp>

void add(pstar::CorruptionRegistry& corruptions) {
#ifdef PSTAR_WRONG
    pstar::register_corruption(corruptions, "replacement", [] { return pstar::Replacement{.p = 0.5}; });
#else
    pstar::register_corruption(corruptions, "replacement", [](double p) { return pstar::Replacement{.p = p}; });
#endif
}
