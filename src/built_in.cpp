// The built-in models: networks, training, evaluation and kernels for each of them.
#include <pstar/experiment/detail/built_in.hpp>

template pstar::ModelRegistry pstar::built_in_models<float>();
template class pstar::NetworkKind<float>;
