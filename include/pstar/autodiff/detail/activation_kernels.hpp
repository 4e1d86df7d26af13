#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// f(v_k) for each lane, a number at a time.
template <class L, class Function>
typename L::Vector each_lane(const typename L::Vector& v, const Function& f) {
    typename L::Vector result;
    for (std::size_t k = 0; k < L::count; ++k) result[k] = f(v[k]);
    return result;
}

/// tanh: in float a polynomial up to 0.625 (Moshier's Cephes, tanhf) and 1 - 2/(e^2|x| + 1) beyond, an error below two
/// units in the last place.
template <class L>
typename L::Vector tanh_lanes(const typename L::Vector& v) {
    using Scalar = typename L::Element;
    if constexpr (std::is_same_v<Scalar, float>) {
        const auto size = v < 0 ? -v : v, square = v * v;
        const auto far = 1 - 2 / (exp_lanes<L>(2 * size) + 1);
        auto series = L::all(-5.70498872745e-3F);
        for (const float c : {2.06390887954e-2F, -5.37397155531e-2F, 1.33314422036e-1F, -3.33332819422e-1F})
            series = L::multiply_add(series, square, L::all(c));
        const auto near = L::multiply_add(v * square, series, v);
        return size < 0.625F ? near : (v < 0 ? -far : far);
    } else {
        return each_lane<L>(v, [](Scalar x) { return std::tanh(x); });
    }
}

/// The normal distribution function: erfc(-x/sqrt 2)/2, erfc in float by the Chebyshev fit of Press et al., Numerical
/// Recipes, section 6.2, relative error 1.2e-7. With rounding GELU is exact to 4 units in the last place from -1 on,
/// and, as z^2 grows, to 40 at -6.
template <class L>
typename L::Vector normal_cdf_lanes(const typename L::Vector& v) {
    using Scalar = typename L::Element;
    constexpr auto inverse_sqrt_2 = static_cast<Scalar>(1 / std::numbers::sqrt2);
    if constexpr (std::is_same_v<Scalar, float>) {
        const auto z = (v < 0 ? -v : v) * inverse_sqrt_2, t = 1 / (1 + 0.5F * z);
        auto sum = L::all(0.17087277F);
        for (const float c : {-0.82215223F, 1.48851587F, -1.13520398F, 0.27886807F, -0.18628806F, 0.09678418F,
                              0.37409196F, 1.00002368F, -1.26551223F})
            sum = L::multiply_add(sum, t, L::all(c));
        const auto tail = 0.5F * t * exp_lanes<L>(L::multiply_add(-z, z, sum));
        return v < 0 ? tail : 1 - tail;
    } else {
        return each_lane<L>(v, [](Scalar x) { return Scalar{0.5} * std::erfc(-x * inverse_sqrt_2); });
    }
}

/// Nonlinearities on vectors: their values, and d phi'(x) from the argument x, the value y and d.
template <class L>
struct Relu {
    using V = typename L::Vector;
    V operator()(const V& x) const { return x < 0 ? V{} : x; }
    V operator()(const V&, const V& y, const V& d) const { return y > 0 ? d : V{}; }
};
template <class L>
struct Tanh {
    using V = typename L::Vector;
    V operator()(const V& x) const { return tanh_lanes<L>(x); }
    V operator()(const V&, const V& y, const V& d) const { return d * (1 - y * y); }
};
template <class L>
struct Sigmoid {
    using V = typename L::Vector;
    V operator()(const V& x) const { return Logistic<L>{}(x); }
    V operator()(const V&, const V& y, const V& d) const { return d * y * (1 - y); }
};
template <class L>
struct LeakyRelu {
    using V = typename L::Vector;
    typename L::Element leak;
    V operator()(const V& x) const { return x < 0 ? leak * x : x; }
    V operator()(const V& x, const V&, const V& d) const { return x > 0 ? d : leak * d; }
};
template <class L>
struct Gelu {
    using V = typename L::Vector;
    using Scalar = typename L::Element;
    V operator()(const V& x) const { return x * normal_cdf_lanes<L>(x); }
    V operator()(const V& x, const V&, const V& d) const {
        constexpr auto inverse_sqrt_2pi = static_cast<Scalar>(std::numbers::inv_sqrtpi / std::numbers::sqrt2);
        return d * (normal_cdf_lanes<L>(x) + inverse_sqrt_2pi * x * exp_lanes<L>(Scalar{-0.5} * x * x));
    }
};
template <class L>
struct Linear {
    using V = typename L::Vector;
    V operator()(const V& x) const { return x; }
    V operator()(const V&, const V&, const V& d) const { return d; }
};
template <class L>
struct Square {
    using V = typename L::Vector;
    V operator()(const V& x) const { return x * x; }
    V operator()(const V& x, const V&, const V& d) const { return 2 * d * x; }
};

/// body(phi) with the nonlinearity of that name.
template <class L, class Body>
void with_activation(ActivationKind kind, typename L::Element leak, const Body& body) {
    switch (kind) {
        case ActivationKind::relu:
            return body(Relu<L>{});
        case ActivationKind::tanh:
            return body(Tanh<L>{});
        case ActivationKind::sigmoid:
            return body(Sigmoid<L>{});
        case ActivationKind::leaky_relu:
            return body(LeakyRelu<L>{leak});
        case ActivationKind::gelu:
            return body(Gelu<L>{});
        case ActivationKind::linear:
            return body(Linear<L>{});
        case ActivationKind::square:
            return body(Square<L>{});
    }
}

/// Arrays of an activation's derivative: argument x, value y, what it is multiplied by d; all of n numbers.
template <class Scalar>
struct ActivationArrays {
    const Scalar *x, *y, *d;
    std::size_t n;
};

/// to <- beta to + f(x, y, d), f a function of vectors; beta = 0 reads nothing of what is there.
template <class Scalar, class Function>
void add_lanes(const ActivationArrays<Scalar>& from, Scalar* to, Scalar beta, const Function& f) {
    using L = FullLanes<Scalar>;
    const auto add = [&](const Scalar* x, const Scalar* y, const Scalar* d, Scalar* into) PSTAR_SET_LAMBDA {
        const auto added = f(L::load(x), L::load(y), L::load(d));
        L::store(into, beta == 0 ? added : L::multiply_add(L::all(beta), L::load(into), added));
    };
    std::size_t i = 0;
    for (; i + L::count <= from.n; i += L::count) add(from.x + i, from.y + i, from.d + i, to + i);
    if (i == from.n) return;
    Scalar rest[4][L::count] = {};
    for (std::size_t k = 0; i + k < from.n; ++k) {
        rest[0][k] = from.x[i + k], rest[1][k] = from.y[i + k], rest[2][k] = from.d[i + k];
        if (beta != 0) rest[3][k] = to[i + k];
    }
    add(rest[0], rest[1], rest[2], rest[3]);
    for (std::size_t k = 0; i + k < from.n; ++k) to[i + k] = rest[3][k];
}

/// y <- phi(x), n numbers; y may be x.
template <class Scalar>
void activate(ActivationKind kind, Scalar leak, const Scalar* x, Scalar* y, std::size_t n) {
    with_activation<FullLanes<Scalar>>(kind, leak, [&](const auto& phi) { map_lanes(x, n, y, phi); });
}
/// to <- beta to + d phi'(x)
template <class Scalar>
void activation_derivative(ActivationKind kind, Scalar leak, const ActivationArrays<Scalar>& from, Scalar* to,
                           Scalar beta) {
    with_activation<FullLanes<Scalar>>(kind, leak, [&](const auto& phi) { add_lanes(from, to, beta, phi); });
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_AUTODIFF_DETAIL_ACTIVATION_KERNELS_HPP)
#define PSTAR_AUTODIFF_DETAIL_ACTIVATION_KERNELS_HPP

#include <cmath>
#include <cstddef>
#include <numbers>
#include <type_traits>

#include <pstar/core/detail/kernels/exp_kernels.hpp>

namespace pstar {

enum class ActivationKind { relu, tanh, sigmoid, leaky_relu, gelu, linear, square };

}  // namespace pstar

#define PSTAR_KERNELS <pstar/autodiff/detail/activation_kernels.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
