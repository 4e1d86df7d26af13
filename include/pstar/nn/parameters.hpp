#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/named_tensor.hpp>
#include <pstar/core/tensor.hpp>

namespace pstar {

/// A network's parameters as leaves of a tape, in the order they were added: `leaves[i]`.
template <class Scalar>
struct Leaves {
    Variable<Scalar> first;
    /// Leaf i.
    Variable<Scalar> operator[](std::size_t i) const {
        return {first.tape, first.index + static_cast<std::uint32_t>(i)};
    }
};

/// A network's parameters: tensors with names, one after the other in one block of memory, so that an optimiser makes
/// one pass over all of them. Names and shapes are those of PyTorch's `state_dict` for the equivalent module.
///
/// Besides these, buffers: tensors that are saved but not trained, as the running statistics of a batch normalisation.
template <class Scalar>
class Parameters {
public:
    /// Appends a tensor, filled with zeros.
    void add(std::string name, std::vector<std::size_t> shape) {
        append(entries_, values_, std::move(name), std::move(shape), Scalar{0});
    }
    /// Appends a buffer, filled with `value`. Buffers are numbered on their own.
    void add_buffer(std::string name, std::vector<std::size_t> shape, Scalar value) {
        append(buffer_entries_, buffers_, std::move(name), std::move(shape), value);
    }

    /// The number of tensors, and of scalars in all of them.
    std::size_t count() const { return entries_.size(); }
    std::size_t size() const { return values_.size(); }

    /// All weights and biases, one after the other.
    std::span<Scalar> values() { return {values_.data(), size()}; }
    /// The same, to read.
    std::span<const Scalar> values() const { return {values_.data(), size()}; }
    /// Parameter i in its shape.
    View<Scalar> operator[](std::size_t i) { return {values_.data() + entries_[i].offset, entries_[i].extents}; }
    /// The same, to read.
    View<const Scalar> operator[](std::size_t i) const {
        return {values_.data() + entries_[i].offset, entries_[i].extents};
    }

    /// Number of buffers: what is kept but not learned.
    std::size_t buffer_count() const { return buffer_entries_.size(); }
    /// Buffer i in its shape.
    View<Scalar> buffer(std::size_t i) {
        return {buffers_.data() + buffer_entries_[i].offset, buffer_entries_[i].extents};
    }
    /// The same, to read.
    View<const Scalar> buffer(std::size_t i) const {
        return {buffers_.data() + buffer_entries_[i].offset, buffer_entries_[i].extents};
    }

    /// Views with names, parameters first and then buffers, for checkpoints: `save_safetensors(path,
    /// net.parameters().named())`.
    std::vector<NamedTensor<Scalar>> named() { return named_of<Scalar>(*this); }
    /// All of them under their names, to read.
    std::vector<NamedTensor<const Scalar>> named() const { return named_of<const Scalar>(*this); }

    /// Puts the parameters on a tape as inputs; `gradients` (size() scalars, or empty) is where backward writes, adding
    /// to `carry` times what is there.
    Leaves<Scalar> record(Tape<Scalar>& tape, std::span<Scalar> gradients = {}, Scalar carry = 0) const {
        return record_with([&](std::size_t i) {
            return tape.input((*this)[i], gradients.empty() ? nullptr : gradients.data() + entries_[i].offset, carry);
        });
    }
    /// Puts the parameters on a tape as constants: for derivatives with respect to images alone.
    Leaves<Scalar> record_constant(Tape<Scalar>& tape) const {
        return record_with([&](std::size_t i) { return tape.constant((*this)[i]); });
    }

private:
    struct Entry {
        std::string name;
        std::vector<std::size_t> shape;
        Shape extents;
        std::size_t offset;
    };
    static void append(std::vector<Entry>& entries, std::vector<Scalar>& values, std::string name,
                       std::vector<std::size_t> shape, Scalar value) {
        const Shape extents{std::span<const std::size_t>(shape)};
        const auto before = values.size();
        try {
            values.reserve(before + extents.size());  // no more than that: the largest network fills the memory
        } catch (const std::exception&) {
            throw std::runtime_error("Parameters: not enough memory for " + std::to_string(before + extents.size()) +
                                     " numbers, '" + name + "' among them (" +
                                     std::to_string((before + extents.size()) * sizeof(Scalar) >> 20) +
                                     " MiB); make the network smaller, or give this process more");
        }
        values.resize(before + extents.size(), value);
        entries.push_back({std::move(name), std::move(shape), extents, before});
    }
    template <class Element, class Self>
    static std::vector<NamedTensor<Element>> named_of(Self& self) {
        std::vector<NamedTensor<Element>> result;
        for (std::size_t i = 0; i < self.count(); ++i)
            result.push_back({self.entries_[i].name, self.entries_[i].shape, self[i].elements()});
        for (std::size_t i = 0; i < self.buffer_count(); ++i)
            result.push_back({self.buffer_entries_[i].name, self.buffer_entries_[i].shape, self.buffer(i).elements()});
        return result;
    }
    template <class Record>
    Leaves<Scalar> record_with(const Record& record_one) const {
        Leaves<Scalar> leaves;
        for (std::size_t i = 0; i < count(); ++i) {
            const auto leaf = record_one(i);
            if (i == 0) leaves.first = leaf;
        }
        return leaves;
    }

    std::vector<Entry> entries_, buffer_entries_;
    std::vector<Scalar> values_, buffers_;
};

}  // namespace pstar
