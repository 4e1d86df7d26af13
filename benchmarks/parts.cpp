#include "parts.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>

#include <pstar/core/threads.hpp>

#include "harness/machine.hpp"
#include "harness/process.hpp"
#include "harness/scratch_folder.hpp"

namespace bench {

namespace {

namespace fs = std::filesystem;

/// How a worker knows how many threads it and its contenders may use; OpenBLAS and OpenMP read it as well.
constexpr const char* threads_of_worker = "OMP_NUM_THREADS";

std::size_t cores_of_worker() {
    const char* text = std::getenv(threads_of_worker);
    return text ? std::max<std::size_t>(std::strtoul(text, nullptr, 10), 1) : 1;
}

/// One part, in a process of its own on so many cores; `core`: the kernels OpenBLAS is to use (empty: its choice).
nlohmann::json delegate(const fs::path& program, const Task& task, std::size_t cores, const std::string& core,
                        const Options& options) {
    for (const char* name : {"OPENBLAS_NUM_THREADS", threads_of_worker}) setenv(name, std::to_string(cores).c_str(), 1);
    if (core.empty())
        unsetenv("OPENBLAS_CORETYPE");
    else
        setenv("OPENBLAS_CORETYPE", core.c_str(), 1);
    std::vector<std::string> command{program, "--worker", "--task", std::string(task.name), "--python", options.python};
    if (!options.data.empty()) command.insert(command.end(), {"--data", options.data});
    if (options.quick) command.emplace_back("--quick");
    if (options.check) command.emplace_back("--check");
    std::cerr << task.name << (core.empty() ? "" : " with OpenBLAS's kernels for " + core)
              << (cores > 1 ? " on all cores" : "") << std::endl;
    return Process(command).receive();
}

bool runs_haswell_kernels() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

}  // namespace

nlohmann::json work(const Options& options) {
    const auto& task = task_named(options.task);
    const auto cores = cores_of_worker();
    if (task.pinned && cores == 1) pin_to_one_core();
    const ScratchFolder scratch;
    Setting setting{.python = options.python,
                    .scripts = PSTAR_SOURCE_DIR "/scripts",
                    .benchmarks = PSTAR_SOURCE_DIR "/benchmarks",
                    .scratch = scratch.path(),
                    .cores = cores,
                    .quick = options.quick,
                    .only_check = options.check};
    if (!options.data.empty()) setting.mnist = options.data;
    auto result = pstar::with_threads(cores, [&] { return task.run(setting); });
    result["machine"] = describe_machine();
    result["cores"] = cores;
    return result;
}

std::vector<nlohmann::json> run_parts(const Task& task, const fs::path& self, const Options& options) {
    std::vector<nlohmann::json> parts{delegate(self, task, 1, task.uses_blas ? options.core : "", options)};
    const std::string core = parts[0]["machine"]["core"];
    if (!options.quick && task.uses_blas && options.core.empty() && !core.empty() && core != "Haswell" &&
        runs_haswell_kernels())
        parts.push_back(delegate(self, task, 1, "Haswell", options));
    const auto avx2 = self.parent_path() / "pstar_benchmarks_avx2";
    if (!options.quick && task.uses_vectors && fs::exists(avx2)) parts.push_back(delegate(avx2, task, 1, "", options));
    const auto cores = available_cores();
    if (task.all_cores && cores > 1 && !options.check) parts.push_back(delegate(self, task, cores, "", options));
    return parts;
}

}  // namespace bench
