// The attributes of a primitive lie in the tape: large ones are pointed at.
// expect: keep a primitive's attributes within 64 bytes; point at larger data
#include <pstar/autodiff/tape.hpp>

struct Shift {
    static constexpr std::size_t arity = 1;
#ifdef PSTAR_WRONG
    std::array<float, 100> by{};
#else
    const float* by = nullptr;
#endif
    pstar::Shape shape(const std::array<pstar::Shape, 1>& shapes) const {
        return shapes[0];
    }
    void forward(const pstar::Call<float, 1>& call) const {
        call.y.array() = call.x[0].array() + by[0];
    }
    void vjp(const pstar::Call<float, 1>&, pstar::View<const float> dy,
             const std::array<pstar::Cotangent<float>, 1>& dx) const {
        if (dx[0]) dx[0].accumulate(dy.array());
    }
    void jvp(const pstar::Call<float, 1>&, const std::array<pstar::View<const float>, 1>& tx,
             pstar::View<float> ty) const {
        ty.array() = tx[0].array();
    }
};

pstar::Variable<float> shifted(pstar::Tape<float>& tape, pstar::Variable<float> x, const Shift& shift) {
    return tape.record(shift, std::array{x});
}
