#pragma once

#include <cstddef>
#include <cstdint>

#include <pstar/corruption/corruption.hpp>

namespace pstar {

/// In what precision a kernel's products are summed; the network's own passes are in its own.
enum class NtkProducts {
    in_double,   ///< K is the Gram matrix of the gradients as the network gives them: no eigenvalue below zero but for
                 ///< rounding in double
    as_network,  ///< in the network's precision: for float twice as fast, elements to about 1e-6 of the largest
};

/// How kernels are computed.
struct NtkOptions {
    NtkProducts products = NtkProducts::in_double;  ///< what sums of products are added up in
    /// Bytes of working memory, the result not counted, at most. With less, the factors of images are computed more
    /// than once.
    std::size_t memory = std::size_t{512} << 20;
    std::uint64_t seed = 0;       ///< of the corruption's noise
    std::uint32_t draw = 0;       ///< which draw of the noise: another number, other noise
    Noise noise = Noise::common;  ///< whether different strengths share their uniforms
    /// 0: all cores; see `with_threads`. Products in float are the same for any number; in double they are the BLAS's.
    std::size_t threads = 1;
};

}  // namespace pstar
