// The component `mpi`: three runs on as many processes as there are.
#include <cstdio>
#include <string>

#include <pstar/sweep/mpi.hpp>

int main(int count, char** words) {
    pstar::Mpi mpi(count, words);
    std::size_t begun = 0, sum = 0;
    mpi.execute({
        .next =
            [&] {
                return begun < 3 ? pstar::Turn{pstar::Turn::run, ++begun} : pstar::Turn{pstar::Turn::end};
            },
        .run = [](std::size_t index) { return std::string(index, '.'); },
        .ended = [&](std::size_t, const std::string& text) { sum += text.size(); },
    });
    if (mpi.is_root()) std::printf("%zu dots from %d processes\n", sum, mpi.size());
    return !mpi.is_root() || sum == 6 ? 0 : 1;
}
