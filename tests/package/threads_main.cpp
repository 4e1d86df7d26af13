// README.md's program on the number of threads that it is asked for.
#include <cstddef>
#include <cstdlib>

#include <pstar/core/threads.hpp>

#include "quickstart.hpp"

int main(int, char** argv) {
    pstar::with_threads(static_cast<std::size_t>(std::atoi(argv[1])), [] { quickstart(); });
    return 0;
}
