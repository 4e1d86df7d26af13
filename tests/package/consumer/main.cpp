// The umbrella header in two units of one program, its inline functions called from both.
#include <cstdio>

#include <pstar/pstar.hpp>

#if __has_include(<cblas.h>)
#include <cblas.h>
#endif

double product_of_sums(const pstar::Tensor<double, 2>& tensor);

int main() {
    const pstar::Tensor<double, 2> tensor = {{1, 2}, {3, 4}};
    const auto matrix = pstar::as_matrix(tensor);
    std::printf("pstar %s: %g %g\n", PSTAR_VERSION, matrix.sum(), product_of_sums(tensor));
    return matrix.sum() == 10 && product_of_sums(tensor) == 3 ? 0 : 1;
}
