#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace bench {

/// Where the time of `work()` goes, repeated for a second: the functions with the largest shares of this thread's and
/// the BLAS's time, e.g. "61% gemm_panel, 12% philox_fill"; empty where Linux's perf is not here or may not look.
/// `scratch` is a folder for its data.
std::string profile_of(const std::function<void()>& work, const std::filesystem::path& scratch);

/// A line of `perf report`'s, as its options below have it: "61.20%  libfoo.so  [.] space::name<args>(args)" becomes
/// 61.20 and "space::name", without our own namespaces; 0 and "" if it is none.
struct ProfileLine {
    double percent;
    std::string function;
};
ProfileLine parse_profile_line(const std::string& line);

}  // namespace bench
