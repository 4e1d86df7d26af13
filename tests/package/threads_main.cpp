// README.md's program on the number of threads that it is asked for.
#include <cstddef>
#include <cstdlib>

#include <pstar/core/threads.hpp>

extern "C" int quickstart();  // its `main`

int main(int, char** argv) {
    return pstar::with_threads(static_cast<std::size_t>(std::atoi(argv[1])), [] { return quickstart(); });
}
