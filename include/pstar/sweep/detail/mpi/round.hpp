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

/// The root (rank 0) has the sweep. It gives one run at a time to any slot that is free, so that long and short runs
/// are spread evenly. Every process has `threads` slots, the root too. A slot either does a run or waits for one.
/// Messages:
///
///     rank -> root    here  threads        once per round: this rank has so many slots, and all wait for a run
///                     ended index, text    a slot has done its run, and waits for another
///                     leaving              the rank takes no part in this round or any later one
///     root -> rank    run   index          to one slot that waits: do this run
///                     end                  to one slot that waits: no more runs. A rank whose slots have all ended
///                                          leaves the round
///
/// A round is one call of `execute`. Its number is the tag of its messages: a fast rank may begin the next round early,
/// and its messages then wait until the root begins that round too.
namespace pstar::detail {

/// The root's part of a round.
class RootRound {
public:
    /// `left[rank]` says whether a rank has left for good; it is updated.
    RootRound(const Work& work, Messenger& messenger, int tag, std::size_t threads, std::vector<char>& left)
        : work_(work),
          messenger_(messenger),
          tag_(tag),
          left_(left),
          has_begun_(left.size(), 0),
          slots_(left.size(), 0) {
        has_begun_[0] = 1;
        add_slots(0, threads);
    }

    /// Returns when no run is in flight and the slots of every rank have ended. Throws what `next` or `ended` threw.
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
    /// Whether any rank has slots, or will have some when it begins the round.
    bool has_slots() const {
        for (std::size_t i = 0; i < slots_.size(); ++i)
            if (left_[i] == 0 && (has_begun_[i] == 0 || slots_[i] > 0)) return true;
        return false;
    }
    /// Whether the root need not look for messages: only its own runs are in flight.
    bool alone() const {
        for (std::size_t i = 1; i < slots_.size(); ++i)
            if (left_[i] == 0 && (has_begun_[i] == 0 || slots_[i] > 0)) return false;
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
                has_begun_[rank] = 1;
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
    /// Answers the slots that wait, in the order in which they asked, until the sweep says `wait`.
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
    /// What the sweep says next. It is not asked again after `end`, nor after `wait` until a run has ended. If no run
    /// is in flight, `wait` means `end`.
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
    std::vector<char> has_begun_;     // its message `here` has been read
    std::vector<std::size_t> slots_;  // that have not ended
    std::deque<int> asking_;          // the rank of each slot that waits
    std::size_t in_flight_ = 0;
    bool waiting_ = false, over_ = false;
    std::exception_ptr failure_;
};

/// The part of every other rank in a round.
inline void serve(const Work& work, Messenger& messenger, int tag, std::size_t threads) {
    WorkerPool pool(work, threads);
    Backoff backoff;
    std::size_t slots = threads, asking = threads;
    messenger.send(0, tag, {Message::here, threads});
    while (slots > 0) {
        for (; const auto message = messenger.receive(tag); --asking) {
            backoff.renew();
            if (message->kind == Message::run)
                pool.begin(static_cast<std::size_t>(message->number));
            else
                --slots;
        }
        if (slots == 0) break;
        for (auto& run : pool.ended(asking > 0 ? backoff.next() : Backoff::forever)) {
            messenger.send(0, tag, {Message::ended, run.index, std::move(run.text)});
            backoff.renew();
            ++asking;
        }
    }
}

}  // namespace pstar::detail
