#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <pstar/sweep/executor.hpp>
#include <pstar/sweep/mpi/crew.hpp>
#include <pstar/sweep/mpi/post.hpp>

/// The root (rank 0) holds the sweep and hands out runs one by one to whoever is free, so that long and short ones mix.
/// Every process has `threads` seats, the root too; a seat is at a run, or asks the root for one:
///
///     a rank -> root    here  threads         once a round: that many seats ask
///                       ended index, text     a seat's run is over; the seat asks again
///                       leaving               the rank takes no part in this round, nor in any after it
///     root -> a rank    run   index           answer to one seat
///                       end                   answer to one seat: stand up. A rank without seats has done its part
///
/// A round is one `execute`. Its number is the tag of its letters, so that those of the next, which a fast rank may
/// have begun, wait until the root begins it too.
namespace pstar::detail {

/// A round as the root sees it.
class RootRound {
public:
    /// `left`: by rank, whether it takes part no more; kept up to date.
    RootRound(const Work& work, Post& post, int tag, std::size_t threads, std::vector<char>& left)
        : work_(work), post_(post), tag_(tag), left_(left), came_(left.size(), 0), seats_(left.size(), 0) {
        came_[0] = 1;
        sit_down(0, threads);
    }

    /// Returns when no run is in flight and every rank has been let go; throws what `next` or `ended` threw.
    void work() {
        Crew crew(work_, seats_[0]);
        Patience patience;
        while (!over_ || seated()) {
            const bool news = read_post();
            hand_out(crew);
            if (news) patience.renew();
            for (const auto& run : crew.ended(alone() ? Patience::forever : patience.next())) {
                end_run(0, run.index, run.text);
                patience.renew();
            }
            hand_out(crew);
        }
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    void sit_down(int rank, std::size_t seats) {
        seats_[static_cast<std::size_t>(rank)] += seats;
        asking_.insert(asking_.end(), seats, rank);
    }
    /// Whether a rank has seats, or will have when it comes.
    bool seated() const {
        for (std::size_t i = 0; i < seats_.size(); ++i)
            if (left_[i] == 0 && (came_[i] == 0 || seats_[i] > 0)) return true;
        return false;
    }
    /// Whether only runs of the root's own can change anything.
    bool alone() const {
        for (std::size_t i = 1; i < seats_.size(); ++i)
            if (left_[i] == 0 && (came_[i] == 0 || seats_[i] > 0)) return false;
        return seats_[0] > 0;
    }
    bool read_post() {
        bool news = false;
        for (; const auto letter = post_.receive(tag_); news = true) {
            const auto rank = static_cast<std::size_t>(letter->rank);
            const auto number = static_cast<std::size_t>(letter->number);
            if (letter->kind == Letter::ended) {
                end_run(letter->rank, number, letter->text);
            } else if (letter->kind == Letter::leaving) {
                left_[rank] = 1;
            } else {
                came_[rank] = 1;
                sit_down(letter->rank, number);
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
    /// Answers the seats that ask, first come, first served, as long as there is an answer.
    void hand_out(Crew& crew) {
        while (!asking_.empty()) {
            const auto turn = next_turn();
            if (turn.kind == Turn::wait) return;
            const int rank = asking_.front();
            asking_.pop_front();
            if (turn.kind == Turn::end)
                --seats_[static_cast<std::size_t>(rank)];
            else
                ++in_flight_;
            if (rank != 0)
                post_.send(rank, tag_, {turn.kind == Turn::end ? Letter::end : Letter::run, turn.index});
            else if (turn.kind == Turn::run)
                crew.begin(turn.index);
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
    Post& post_;
    int tag_;
    std::vector<char>& left_;         // by rank, as the next two
    std::vector<char> came_;          // its `here` has been read
    std::vector<std::size_t> seats_;  // not answered with `end`
    std::deque<int> asking_;          // the rank of each seat that asks
    std::size_t in_flight_ = 0;
    bool waiting_ = false, over_ = false;
    std::exception_ptr failure_;
};

/// A round as every other rank sees it.
inline void serve(const Work& work, Post& post, int tag, std::size_t threads) {
    Crew crew(work, threads);
    Patience patience;
    std::size_t seats = threads, asking = threads;
    post.send(0, tag, {Letter::here, threads});
    while (seats > 0) {
        for (; const auto letter = post.receive(tag); --asking) {
            patience.renew();
            if (letter->kind == Letter::run)
                crew.begin(static_cast<std::size_t>(letter->number));
            else
                --seats;
        }
        if (seats == 0) break;
        for (auto& run : crew.ended(asking > 0 ? patience.next() : Patience::forever)) {
            post.send(0, tag, {Letter::ended, run.index, std::move(run.text)});
            patience.renew();
            ++asking;
        }
    }
}

}  // namespace pstar::detail
