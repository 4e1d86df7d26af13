// The laws of channels are for channels.
// expect: a spatial corruption, one with a member `apply`, is checked by check_corruption_laws
#include <pstar/corruption/blur.hpp>
#include <pstar/corruption/check_channel_laws.hpp>

std::vector<std::string> broken() {
    const auto blur = [](double sigma) { return pstar::Blur{sigma}; };
#ifdef PSTAR_WRONG
    return pstar::check_channel_laws(blur);
#else
    return pstar::check_corruption_laws(blur, {.nested = false});
#endif
}
