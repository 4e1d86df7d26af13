#include "common/cli/program.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include <pstar/core/error.hpp>
#include <pstar/sweep/process.hpp>
#include <pstar/sweep/run_folder.hpp>

namespace study {

int guarded_main(const std::string& program, const std::function<int()>& body) {
    const auto say = [&](const std::string& message, int code) {
        std::fprintf(stderr, "%s: %s\n", program.c_str(), message.c_str());
        return code;
    };
    const auto answer = [&](const std::exception& error, int code) { return say(error.what(), code); };
    pstar::open_standard_streams();
    if (const auto problem = pstar::address_space_problem()) std::_Exit(say(*problem, 2));
    try {
        const int code = body();
        if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
        return say(std::string("cannot write to the standard output: ") + std::strerror(errno), std::max(code, 1));
    } catch (const std::bad_alloc&) {
        return say(pstar::out_of_memory(), 1);
    } catch (const UsageError& error) {
        return answer(error, 2);
    } catch (const pstar::RunFolderError& error) {
        return answer(UsageError("--out '" + error.path().string() + "' " + error.reason() + "; choose another --out"),
                      2);
    } catch (const pstar::DataError& error) {
        return answer(error, 2);
    } catch (const std::exception& error) {
        return answer(error, 1);
    }
}

std::string exit_codes() {
    return "Exit codes:\n"
           "  0 done; 1 a run failed, runs are missing or a file cannot be written;\n"
           "  2 a mistake in flags, data or folder; 130 interrupted: the same command goes on";
}

}  // namespace study
