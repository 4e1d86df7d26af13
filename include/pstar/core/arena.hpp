#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace pstar {

/// Memory handed out in order and taken back all at once. After `clear` the same sequence of requests is served from
/// the same memory without asking the system: a steady-state training step allocates nothing. Blocks are aligned to 64
/// bytes.
class Arena {
public:
    /// Room for `count` elements, not initialised; valid until `clear`.
    template <class T>
    T* allocate(std::size_t count) {
        static_assert(std::is_trivially_destructible_v<T>);
        return static_cast<T*>(take(count * sizeof(T)));
    }
    /// Everything handed out becomes invalid; the memory is kept.
    void clear() { block_ = 0, used_ = 0; }
    /// Bytes held from the system.
    std::size_t capacity() const {
        std::size_t sum = 0;
        for (const auto& block : blocks_) sum += block.size;
        return sum;
    }

private:
    static constexpr std::align_val_t alignment{64};
    static constexpr std::size_t smallest_block = std::size_t{1} << 16;
    struct Free {
        void operator()(std::byte* p) const { ::operator delete(p, alignment); }
    };
    struct Block {
        std::unique_ptr<std::byte, Free> memory;
        std::size_t size;
    };

    void* take(std::size_t bytes) {
        bytes = (bytes + 63) / 64 * 64;
        while (block_ < blocks_.size() && used_ + bytes > blocks_[block_].size) ++block_, used_ = 0;
        if (block_ == blocks_.size()) {
            const auto size = std::max(bytes, smallest_block);
            blocks_.push_back(
                {std::unique_ptr<std::byte, Free>(static_cast<std::byte*>(::operator new(size, alignment))), size});
            used_ = 0;
        }
        void* const result = blocks_[block_].memory.get() + used_;
        used_ += bytes;
        return result;
    }

    std::vector<Block> blocks_;
    std::size_t block_ = 0, used_ = 0;
};

}  // namespace pstar
