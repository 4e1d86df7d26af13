#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include <pstar/autodiff/primitive.hpp>
#include <pstar/core/arena.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/view.hpp>

namespace pstar {

template <class Scalar>
class Tape;

/// A value on a tape; copies name the same value.
template <class Scalar>
struct Variable {
    Tape<Scalar>* tape = nullptr;
    std::uint32_t index = 0;

    Shape shape() const { return tape->value(*this).shape; }
    /// Its elements, on the tape.
    View<const Scalar> value() const { return tape->value(*this); }
    /// The only element of a scalar.
    Scalar item() const {
        require(shape().size() == 1, "Variable::item", "shape", shape(), "have one element");
        return *value().data;
    }
};

/// A flat record of primitive calls, each computed when it is recorded.
///
/// Reverse mode: `backward(f)` sweeps the record once, last to first; `gradient(x)` is then df/dx.
/// Forward mode: `set_tangent(x, t)`, then `forward()` sweeps it once, first to last; `tangent(f)` is then J t.
/// Both may be run any number of times on one record: for another output, seed or direction.
///
/// `clear` forgets the record and keeps the memory, so repeating the same computation allocates nothing.
/// Not for use from several threads at once; one tape a thread. Its operations use the threads that
/// `with_threads` allows.
template <class Scalar>
class Tape {
public:
    Tape() = default;
    Tape(const Tape&) = delete;
    Tape& operator=(const Tape&) = delete;

    /// A leaf that is not differentiated. The tape refers to the elements, it does not copy them.
    Variable<Scalar> constant(View<const Scalar> value) { return leaf(value, nullptr, false, 0); }
    /// A leaf that is differentiated. With `gradient`, its cotangent is written there instead of the tape's own memory,
    /// and added to `carry` times what is there already.
    Variable<Scalar> input(View<const Scalar> value, Scalar* gradient = nullptr, Scalar carry = 0) {
        return leaf(value, gradient, true, carry);
    }

    /// Computes a primitive and records it.
    template <Primitive<Scalar> Op>
    Variable<Scalar> record(const Op& op, const std::array<Variable<Scalar>, Op::arity>& inputs);

    /// The elements of a variable, valid until `clear`.
    View<const Scalar> value(Variable<Scalar> v) const { return node(v).value; }

    /// Reverse sweep from `output` with cotangent `seed` of its shape; earlier gradients are forgotten.
    void backward(Variable<Scalar> output, View<const Scalar> seed);
    /// Reverse sweep from a scalar with seed 1.
    void backward(Variable<Scalar> output) {
        require(value(output).size() == 1, "Tape::backward", "shape", value(output).shape,
                "be a scalar; pass a seed of the output's shape otherwise");
        const Scalar one{1};
        backward(output, {&one, value(output).shape});
    }
    /// The gradient of the last `backward` with respect to `v`: zero where the output does not depend on it.
    /// `v` must be an input or computed from one.
    View<const Scalar> gradient(Variable<Scalar> v);

    /// Sets the tangent of an input for the next `forward`; refers to the elements. Inputs without one have tangent
    /// zero.
    void set_tangent(Variable<Scalar> input, View<const Scalar> tangent);
    /// Forward sweep over the whole record.
    void forward();
    /// The tangent that the last `forward` gave to `v`.
    View<const Scalar> tangent(Variable<Scalar> v);

    /// Calls `body(op, inputs, output)` for each recorded call of primitive `Op`, in order: for whoever needs the
    /// factors of a Jacobian (a layer's inputs and its outputs' cotangents) instead of its products.
    template <class Op, class Body>
    void for_each_call(const Body& body) {
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            if (nodes_[i].kind != &kind_of<Op>) continue;
            std::array<Variable<Scalar>, Op::arity> inputs;
            for (std::size_t k = 0; k < Op::arity; ++k) inputs[k] = {this, nodes_[i].inputs[k]};
            body(op_of<Op>(nodes_[i]), std::as_const(inputs), Variable<Scalar>{this, i});
        }
    }

    /// Forgets all variables; memory is kept for the next ones.
    void clear();
    std::size_t size() const { return nodes_.size(); }
    /// Bytes held for values, cotangents and tangents.
    std::size_t memory() const { return values_.capacity() + cotangents_.capacity() + tangents_.capacity(); }

private:
    static constexpr std::size_t max_arity = 4, op_bytes = 64;

    struct Node {
        View<const Scalar> value;
        Scalar* workspace = nullptr;
        Scalar* cotangent = nullptr;      // of the last backward; null: no contribution yet
        Scalar* gradient = nullptr;       // where a caller wants the cotangent
        const Scalar* tangent = nullptr;  // null: zero
        std::array<std::uint32_t, max_arity> inputs{};
        Scalar carry = 0;  // how much of what is in `gradient` stays
        bool differentiable = false, is_leaf = true;
        const char* kind = nullptr;
        void (*vjp)(Tape&, Node&) = nullptr;
        void (*jvp)(Tape&, Node&) = nullptr;
        alignas(std::max_align_t) std::array<std::byte, op_bytes> op;
    };

    /// Its address names a primitive without the compiler having to look into it.
    template <class Op>
    static constexpr char kind_of = 0;

    Variable<Scalar> leaf(View<const Scalar> value, Scalar* gradient, bool differentiable, Scalar carry) {
        Node node;
        node.value = value;
        node.gradient = gradient;
        node.carry = carry;
        node.differentiable = differentiable;
        return append(node);
    }
    Variable<Scalar> append(const Node& node) {
        nodes_.push_back(node);
        return {this, static_cast<std::uint32_t>(nodes_.size() - 1)};
    }
    const Node& node(Variable<Scalar> v) const {
        require(v.tape == this && v.index < nodes_.size(), "Tape", "variable", v.index,
                "be of this tape and recorded since its last clear()");
        return nodes_[v.index];
    }
    Node& node(Variable<Scalar> v) { return const_cast<Node&>(std::as_const(*this).node(v)); }

    // The cotangent buffer of a node, and whether something is in it already.
    Cotangent<Scalar> cotangent_of(Node& n) {
        if (!n.differentiable) return {};
        if (n.cotangent) return {{n.cotangent, n.value.shape}, Scalar{1}};
        n.cotangent = n.gradient ? n.gradient : cotangents_.template allocate<Scalar>(n.value.size());
        return {{n.cotangent, n.value.shape}, n.carry};
    }
    template <class Op>
    static const Op& op_of(const Node& n) {
        return *std::launder(reinterpret_cast<const Op*>(n.op.data()));
    }
    template <class Op>
    Call<Scalar, Op::arity> call_of(const Node& n) const {
        Call<Scalar, Op::arity> call{{}, {const_cast<Scalar*>(n.value.data), n.value.shape}, n.workspace};
        for (std::size_t i = 0; i < Op::arity; ++i) call.x[i] = nodes_[n.inputs[i]].value;
        return call;
    }
    template <class Op>
    static void run_vjp(Tape& tape, Node& n) {
        std::array<Cotangent<Scalar>, Op::arity> dx;
        for (std::size_t i = 0; i < Op::arity; ++i) dx[i] = tape.cotangent_of(tape.nodes_[n.inputs[i]]);
        op_of<Op>(n).vjp(tape.call_of<Op>(n), View<const Scalar>{n.cotangent, n.value.shape}, dx);
    }
    template <class Op>
    static void run_jvp(Tape& tape, Node& n) {
        std::array<View<const Scalar>, Op::arity> tx;
        bool any = false;
        for (std::size_t i = 0; i < Op::arity; ++i) {
            const Node& input = tape.nodes_[n.inputs[i]];
            if (input.tangent) tx[i] = {input.tangent, input.value.shape}, any = true;
        }
        if (!any) return;
        const View<Scalar> ty{tape.tangents_.template allocate<Scalar>(n.value.size()), n.value.shape};
        op_of<Op>(n).jvp(tape.call_of<Op>(n), tx, ty);
        n.tangent = ty.data;
    }

    std::vector<Node> nodes_;
    Arena values_, cotangents_, tangents_;
};

template <class Scalar>
template <Primitive<Scalar> Op>
Variable<Scalar> Tape<Scalar>::record(const Op& op, const std::array<Variable<Scalar>, Op::arity>& inputs) {
    static_assert(Op::arity <= max_arity, "Tape: a primitive has at most 4 inputs");
    static_assert(sizeof(Op) <= op_bytes, "Tape: keep a primitive's attributes within 64 bytes; point at larger data");
    Node result;
    result.is_leaf = false;
    std::array<Shape, Op::arity> shapes;
    Call<Scalar, Op::arity> call{};
    for (std::size_t i = 0; i < Op::arity; ++i) {
        const Node& input = node(inputs[i]);
        result.inputs[i] = inputs[i].index;
        result.differentiable |= input.differentiable;
        call.x[i] = input.value;
        shapes[i] = input.value.shape;
    }
    call.y.shape = op.shape(shapes);
    call.y.data = values_.template allocate<Scalar>(call.y.shape.size());
    if constexpr (requires { op.workspace(shapes); })
        call.workspace = values_.template allocate<Scalar>(op.workspace(shapes));
    op.forward(call);
    result.value = call.y;
    result.workspace = call.workspace;
    result.kind = &kind_of<Op>;
    result.vjp = &run_vjp<Op>;
    result.jvp = &run_jvp<Op>;
    std::memcpy(result.op.data(), static_cast<const void*>(&op),
                sizeof(Op));  // trivially copyable: begins its life there
    return append(result);
}

template <class Scalar>
void Tape<Scalar>::backward(Variable<Scalar> output, View<const Scalar> seed) {
    Node& last = node(output);
    require(seed.shape == last.value.shape, "Tape::backward", "seed.shape", seed.shape, "equal the output's shape");
    require(last.differentiable, "Tape::backward", "output", output.index,
            "depend on an input; all its leaves are constants");
    cotangents_.clear();
    for (Node& n : nodes_) n.cotangent = nullptr;
    cotangent_of(last).accumulate(seed.array());
    for (std::size_t i = output.index + std::size_t{1}; i-- > 0;) {
        Node& n = nodes_[i];
        if (n.cotangent && !n.is_leaf) n.vjp(*this, n);
    }
    for (Node& n : nodes_)  // a caller's own buffers are brought up to date even where nothing arrived
        if (n.gradient && !n.cotangent) cotangent_of(n).scale();
}

template <class Scalar>
View<const Scalar> Tape<Scalar>::gradient(Variable<Scalar> v) {
    Node& n = node(v);
    require(n.differentiable, "Tape::gradient", "variable", v.index, "be an input or depend on one");
    if (!n.cotangent) cotangent_of(n).scale();
    return {n.cotangent, n.value.shape};
}

template <class Scalar>
void Tape<Scalar>::set_tangent(Variable<Scalar> input, View<const Scalar> tangent) {
    Node& n = node(input);
    require(n.is_leaf, "Tape::set_tangent", "variable", input.index, "be a leaf");
    require(tangent.shape == n.value.shape, "Tape::set_tangent", "tangent.shape", tangent.shape,
            "equal the input's shape");
    n.tangent = tangent.data;
}

template <class Scalar>
void Tape<Scalar>::forward() {
    tangents_.clear();
    for (Node& n : nodes_) {
        if (n.is_leaf) continue;
        n.tangent = nullptr;
        n.jvp(*this, n);
    }
}

template <class Scalar>
View<const Scalar> Tape<Scalar>::tangent(Variable<Scalar> v) {
    Node& n = node(v);
    if (!n.tangent) {
        const View<Scalar> zero{tangents_.template allocate<Scalar>(n.value.size()), n.value.shape};
        zero.array().setZero();
        n.tangent = zero.data;
    }
    return {n.tangent, n.value.shape};
}

template <class Scalar>
void Tape<Scalar>::clear() {
    nodes_.clear();
    values_.clear();
    cotangents_.clear();
    tangents_.clear();
}

/// d output / d everything, for a scalar output: call sites read `backward(loss); gradient(x)`.
template <class Scalar>
void backward(Variable<Scalar> output) {
    output.tape->backward(output);
}
/// See `Tape::gradient`.
template <class Scalar>
View<const Scalar> gradient(Variable<Scalar> v) {
    return v.tape->gradient(v);
}

}  // namespace pstar
