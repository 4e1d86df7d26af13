#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

#include <mpi.h>

#include <pstar/core/error.hpp>

namespace pstar::detail {

/// What one rank tells another; `detail/mpi/round.hpp` says what each kind means.
struct Message {
    enum Kind : std::uint64_t { here, ended, leaving, run, end } kind;
    std::uint64_t number = 0;  ///< of slots (`here`), or index of a run (`ended`, `run`)
    std::string text = {};
    int rank = 0, tag = 0;  ///< of a received message: its sender and its round
};

/// Sends and receives messages between the ranks. An error ends the whole program: MPI's own by its default handler,
/// others because these functions are `noexcept`. If a rank threw instead, its slots would never be answered.
class Messenger {
public:
    static constexpr int any_tag = MPI_ANY_TAG;

    Messenger() { MPI_Comm_dup(MPI_COMM_WORLD, &ranks_); }
    Messenger(const Messenger&) = delete;
    Messenger& operator=(const Messenger&) = delete;
    ~Messenger() { MPI_Comm_free(&ranks_); }

    int rank() const {
        int rank = 0;
        MPI_Comm_rank(ranks_, &rank);
        return rank;
    }
    int size() const {
        int size = 0;
        MPI_Comm_size(ranks_, &size);
        return size;
    }
    void send(int rank, int tag, const Message& message) noexcept {
        require(message.text.size() <= longest, "Mpi", "text.size()", message.text.size(),
                "fit into one message (2 GB)");
        const std::uint64_t head[2] = {message.kind, message.number};
        std::string bytes(sizeof head + message.text.size(), '\0');
        std::memcpy(bytes.data(), head, sizeof head);
        std::memcpy(bytes.data() + sizeof head, message.text.data(), message.text.size());
        MPI_Send(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, rank, tag, ranks_);
    }
    /// The next message with this tag, if one has arrived.
    std::optional<Message> receive(int tag) noexcept {
        int there = 0, size = 0;
        MPI_Status status;
        for (int look = 0; look < 2 && there == 0; ++look)  // a first probe of Open MPI may only start the transfer
            MPI_Iprobe(MPI_ANY_SOURCE, tag, ranks_, &there, &status);
        if (there == 0) return {};
        MPI_Get_count(&status, MPI_BYTE, &size);
        std::string bytes(static_cast<std::size_t>(size), '\0');
        MPI_Recv(bytes.data(), size, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, ranks_, MPI_STATUS_IGNORE);
        std::uint64_t head[2];
        std::memcpy(head, bytes.data(), sizeof head);
        return Message{static_cast<Message::Kind>(head[0]), head[1], bytes.substr(sizeof head), status.MPI_SOURCE,
                       status.MPI_TAG};
    }

private:
    static constexpr std::size_t longest = std::numeric_limits<int>::max() - 2 * sizeof(std::uint64_t);
    MPI_Comm ranks_ = MPI_COMM_NULL;
};

}  // namespace pstar::detail
