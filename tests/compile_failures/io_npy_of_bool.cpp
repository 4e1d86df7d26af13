// NumPy's masks have another layout than std::vector<bool>.
// expect: npy: the elements are integers, float or double; keep a mask as std::uint8_t
#include <vector>

#include <pstar/io/npy.hpp>

#ifdef PSTAR_WRONG
using Element = bool;
#else
using Element = std::uint8_t;
#endif

pstar::Tensor<Element, 1> mask() {
    return pstar::load_npy<Element, 1>("mask.npy");
}
