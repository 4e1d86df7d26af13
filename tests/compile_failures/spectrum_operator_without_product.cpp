// An operator is known by its products with vectors.
// expect: op.perform_op(x, y)
#include <pstar/spectrum/symmetric_operator.hpp>

class Identity {
public:
    Eigen::Index rows() const { return 3; }
    Eigen::Index cols() const { return 3; }
#ifndef PSTAR_WRONG
    void perform_op(const double* x, double* y) const {
        std::copy(x, x + 3, y);
    }
#endif
};

Eigen::Index rows() {
    return pstar::CentredOperator<Identity>(Identity{}).rows();
}
