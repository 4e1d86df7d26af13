#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <pstar/sweep/detail/mpi/messages.hpp>
#include <pstar/sweep/detail/mpi/worker_pool.hpp>
#include <pstar/sweep/executor.hpp>

/// The root (rank 0) holds the sweep and hands out runs one by one to whoever is free, so that long and short ones mix.
/// Every process has `threads` slots, the root too; a slot is at a run, or asks the root for one:
///
///     a rank -> root    here  threads         once a round: that many slots ask
///                       ended index, text     a slot's run is over; the slot asks again
///                       leaving               the rank takes no part in this round, nor in any after it
///     root -> a rank    run   index           answer to one slot
///                       end                   answer to one slot: end. A rank without slots has done its part
///
/// A round is one `execute`. Its number is the tag of its messages, so that those of the next, which a fast rank may
/// have begun, wait until the root begins it too.
namespace pstar::detail {

/// A round as the root sees it.
class RootRound {
public:
    /// `left`: by rank, whether it takes part no more; kept up to date.
    RootRound(const Work& work, Messenger& post, int tag, std::size_t threads, std::vector<char>& left)
        : work_(work), messenger_(post), tag_(tag), left_(left), came_(left.size(), 0), slots_(left.size(), 0) {
        came_[0] = 1;
        add_slots(0, threads);
    }

    /// Returns when no run is in flight and every rank has been let go; throws what `next` or `ended` threw.
    void work() {
        WorkerPool pool(work_, slots_[0]);
        Backoff backoff;
        while (!over_ || has_slots()) {
            const bool news = read_messages();
            hand_out(pool);
            if (news) backoff.renew();
            for (const auto& run : pool.ended(alone() ? Backoff::forever : backoff.next())) {
                end_run(0, run.index, run.text);
                backoff.renew();
            }
            hand_out(pool);
        }
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    void add_slots(int rank, std::size_t slots) {
        slots_[static_cast<std::size_t>(rank)] += slots;
        asking_.insert(asking_.end(), slots, rank);
    }
    /// Whether a rank has slots, or will have when it comes.
    bool has_slots() const {
        for (std::size_t i = 0; i < slots_.size(); ++i)
            if (left_[i] == 0 && (came_[i] == 0 || slots_[i] > 0)) return true;
        return false;
    }
    /// Whether only runs of the root's own can change anything.
    bool alone() const {
        for (std::size_t i = 1; i < slots_.size(); ++i)
            if (left_[i] == 0 && (came_[i] == 0 || slots_[i] > 0)) return false;
        return slots_[0] > 0;
    }
    bool read_messages() {
        bool news = false;
        for (; const auto message = messenger_.receive(tag_); news = true) {
            const auto rank = static_cast<std::size_t>(message->rank);
            const auto number = static_cast<std::size_t>(message->number);
            if (message->kind == Message::ended) {
                end_run(message->rank, number, message->text);
            } else if (message->kind == Message::leaving) {
                left_[rank] = 1;
            } else {
                came_[rank] = 1;
                add_slots(message->rank, number);
            }
        }
        return news;
    }
    void end_run(int rank, std::size_t index, const std::string& text) {
        --in_flight_;
        waiting_ = false;
        asking_.push_back(rank);
        if (!failure_) attempt([&] { work_.ended(index, text); });
    }
    /// Answers the slots that ask, first come, first served, as long as there is an answer.
    void hand_out(WorkerPool& pool) {
        while (!asking_.empty()) {
            const auto turn = next_turn();
            if (turn.kind == Turn::wait) return;
            const int rank = asking_.front();
            asking_.pop_front();
            if (turn.kind == Turn::end)
                --slots_[static_cast<std::size_t>(rank)];
            else
                ++in_flight_;
            if (rank != 0)
                messenger_.send(rank, tag_, {turn.kind == Turn::end ? Message::end : Message::run, turn.index});
            else if (turn.kind == Turn::run)
                pool.begin(turn.index);
        }
    }
    /// Asks the sweep, but not again after an end, nor after a wait before a run has ended. With no run left to wait
    /// for, a wait is the end.
    Turn next_turn() {
        Turn turn{waiting_ ? Turn::wait : Turn::end};
        if (!over_ && !waiting_) attempt([&] { turn = work_.next(); });
        waiting_ = turn.kind == Turn::wait && in_flight_ > 0;
        if (turn.kind != Turn::run && !waiting_) turn = {Turn::end};
        over_ = over_ || turn.kind == Turn::end;
        return turn;
    }
    template <class Call>
    void attempt(const Call& call) {
        try {
            call();
        } catch (...) {
            failure_ = std::current_exception();
            over_ = true;
        }
    }

    const Work& work_;
    Messenger& messenger_;
    int tag_;
    std::vector<char>& left_;         // by rank, as the next two
    std::vector<char> came_;          // its `here` has been read
    std::vector<std::size_t> slots_;  // not answered with `end`
    std::deque<int> asking_;          // the rank of each slot that asks
    std::size_t in_flight_ = 0;
    bool waiting_ = false, over_ = false;
    std::exception_ptr failure_;
};

/// A round as every other rank sees it.
inline void serve(const Work& work, Messenger& post, int tag, std::size_t threads) {
    WorkerPool pool(work, threads);
    Backoff backoff;
    std::size_t slots = threads, asking = threads;
    post.send(0, tag, {Message::here, threads});
    while (slots > 0) {
        for (; const auto message = post.receive(tag); --asking) {
            backoff.renew();
            if (message->kind == Message::run)
                pool.begin(static_cast<std::size_t>(message->number));
            else
                --slots;
        }
        if (slots == 0) break;
        for (auto& run : pool.ended(asking > 0 ? backoff.next() : Backoff::forever)) {
            post.send(0, tag, {Message::ended, run.index, std::move(run.text)});
            backoff.renew();
            ++asking;
        }
    }
}

}  // namespace pstar::detail
