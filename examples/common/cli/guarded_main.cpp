#include "common/cli/guarded_main.hpp"

#include <cstdio>
#include <exception>

#include <pstar/core/error.hpp>
#include <pstar/sweep/run_folder.hpp>

#include "common/cli/usage_error.hpp"

namespace study {

int guarded_main(const std::string& program, const std::function<int()>& body) {
    const auto answer = [&](const std::exception& error, int code) {
        std::fprintf(stderr, "%s: %s\n", program.c_str(), error.what());
        return code;
    };
    try {
        return body();
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

}  // namespace study
