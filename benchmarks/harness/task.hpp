#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include <pstar/data/dataset.hpp>

#include "harness/measure.hpp"

namespace bench {

/// What every task is given.
struct Setting {
    std::string python;                               ///< the interpreter of the Python contenders
    std::filesystem::path scripts;                    ///< the folder of the repository's scripts
    std::filesystem::path benchmarks;                 ///< this folder
    std::filesystem::path scratch;                    ///< a folder for files that contenders pass to each other
    std::optional<std::filesystem::path> mnist = {};  ///< the folder of MNIST; synthetic digits without
    std::size_t cores = 1;  ///< how many the contenders may use; their BLAS and OpenMP are set to as many threads
    bool quick = false;
    bool only_check = false;  ///< compare the contenders' results, time nothing

    /// A first impression, or the same once more on all cores: smaller problems where the full ones take long.
    bool brief() const { return quick || cores > 1; }
    Effort effort(double block_seconds) const {
        if (quick) return {7, block_seconds / 3, 0.8};
        return cores > 1 ? Effort{15, block_seconds, 3} : Effort{31, block_seconds, 7};
    }
};

/// 60,000 training images: MNIST's, or synthetic digits.
struct Images {
    pstar::Dataset data;
    std::string name;
};
Images load_images(const Setting& setting);

/// Images and labels as raw bytes in the scratch folder, for contenders in other languages; {"images", "labels",
/// "count", "pixels"}.
nlohmann::json share_images(const Setting& setting, const pstar::Dataset& data);

/// What a task hands back: {"unit" of the rates, "scale": work per unit, "data", "remarks": [text, without full stop],
/// "cases": [see `measure`]}.
using Result = nlohmann::json;

/// Measures a case and adds it to a result, unless only the checks are wanted; in a full run on one core, says in
/// "profile" where our own time goes. Targets are of one core.
void add_case(Result& result, const Setting& setting, const Case& task, double block_seconds);

/// Throws `std::runtime_error` (the contenders do not do the same) unless |value - expected| <= bound.
void require_agreement(const std::string& what, double value, double expected, double bound);

}  // namespace bench
