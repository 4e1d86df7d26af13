#include <cstddef>
#include <span>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/conv_pool.hpp>
#include <pstar/autodiff/dense.hpp>
#include <pstar/nn/loss.hpp>

namespace pstar {

template Variable<float> activate(Variable<float>, Activation);
template Variable<float> dense(Variable<float>, Variable<float>, Variable<float>);
template Variable<float> conv_pool(Variable<float>, Variable<float>, Variable<float>, Activation, std::size_t);
template Variable<float> cross_entropy(Variable<float>, std::span<const Label>);
template Variable<float> softmax_mse(Variable<float>, std::span<const Label>);

}  // namespace pstar
