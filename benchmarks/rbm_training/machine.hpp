#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <pstar/rbm/rbm.hpp>

namespace bench {

/// Does something so many times.
using Repeat = std::function<void(std::size_t repeats)>;

inline constexpr std::size_t rbm_components = 256, rbm_batch = 100;
inline constexpr double rbm_learning_rate = 0.05;

/// Our own contender, pstar.cpp: an RBM in training on rows (N, D), which must outlive it, with weights of standard
/// deviation 0.01 and biases of zero at first.
class Machine {
public:
    virtual ~Machine() = default;
    /// So many steps on batches of 100, in the rows' order, over and over.
    virtual void run(std::size_t steps) = 0;
    virtual const pstar::Rbm<float>& rbm() const = 0;
};
std::unique_ptr<Machine> pstar_machine(const pstar::Matrix<float>& rows, bool persistent,
                                       std::size_t hidden = rbm_components, std::size_t sweeps = 1);

/// gemm.cpp: the 2 k + 3 matrix products of a step of CD-k or PCD-k and nothing else, by the BLAS: v_0 W; h W^T and v W
/// of each of k sweeps; v_0^T h_0, v_k^T h_k.
Repeat machine_products(std::size_t visible, std::size_t sweeps = 1);

/// gemm.cpp: rows (N, D) times the weights of an RBM by the BLAS. `rows` must outlive it.
Repeat feature_product(const pstar::Matrix<float>& rows);

}  // namespace bench
