/// Runs every benchmark and reports: `pstar_benchmarks --help`.
///
/// Each part runs in a process of its own, because the processor, the number of BLAS threads and OpenBLAS's kernels are
/// chosen when a process starts. Inside a part, contenders take turns (harness/measure.hpp).

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "cnn_training/task.hpp"
#include "corruption/task.hpp"
#include "harness/machine.hpp"
#include "harness/process.hpp"
#include "harness/report.hpp"
#include "margin_gradients/task.hpp"
#include "mlp_step/task.hpp"
#include "mlp_training/task.hpp"
#include "ntk/task.hpp"
#include "rbm_training/task.hpp"
#include "softmax_regression/task.hpp"
#include "sweep/task.hpp"

namespace {

namespace fs = std::filesystem;

constexpr std::string_view usage = R"(Usage: pstar_benchmarks [options]

Compares pstar with other ways to do the same, each part pinned to one core (`taskset -c N pstar_benchmarks`
chooses which), and prints the tables.

  --task NAME       one task alone: corruption, mlp_training, cnn_training,
                    mlp_step, margin_gradients, ntk, rbm_training, softmax_regression or sweep
  --coretype NAME   the training tasks with OpenBLAS's kernels for NAME alone, e.g. Haswell
                    (otherwise with those it chooses here and, on x86, with those for Haswell)
  --quick           fewer and shorter rounds: minutes become one or two
  --check           compares the contenders' results and times nothing
  --readme FILE     puts the tables into FILE as well
  --data DIR        MNIST's four files (otherwise $PSTAR_MNIST_DIR, otherwise synthetic digits)
  --python PROGRAM  the Python with PyTorch and scikit-learn (/usr/bin/python3)
)";

struct Options {
    std::string task, core, data, readme, python = "/usr/bin/python3";
    bool quick = false, check = false;
    bool worker = false;  // do the task in this process and print the result as JSON
};

Options parse(int count, char** words) {
    Options options;
    if (const char* directory = std::getenv("PSTAR_MNIST_DIR")) options.data = directory;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        const auto value = [&] {
            if (++i == count) throw std::invalid_argument(std::string(word) + " needs a value");
            return std::string(words[i]);
        };
        if (word == "--task")
            options.task = value();
        else if (word == "--coretype")
            options.core = value();
        else if (word == "--data")
            options.data = value();
        else if (word == "--readme")
            options.readme = value();
        else if (word == "--python")
            options.python = value();
        else if (word == "--quick")
            options.quick = true;
        else if (word == "--check")
            options.check = true;
        else if (word == "--worker")
            options.worker = true;
        else
            throw std::invalid_argument("unknown option '" + std::string(word) + "'; see --help");
    }
    return options;
}

struct Task {
    std::string_view name, title;
    bench::Result (*run)(const bench::Setting&);
    bool one_core = true, uses_blas = false, uses_vectors = false;
};

constexpr std::array<Task, 9> tasks{{
    {.name = "corruption", .title = "Corruption", .run = bench::corruption_task, .uses_vectors = true},
    {.name = "mlp_training", .title = "Training", .run = bench::mlp_training_task, .uses_blas = true},
    {.name = "cnn_training", .title = "Training convolutional networks", .run = bench::cnn_training_task},
    {.name = "mlp_step",
     .title = "A training step against its matrix products",
     .run = bench::mlp_step_task,
     .uses_blas = true},
    {.name = "margin_gradients",
     .title = "Gradients of margins",
     .run = bench::margin_gradients_task,
     .uses_blas = true},
    {.name = "ntk", .title = "Tangent kernels", .run = bench::ntk_task},
    {.name = "rbm_training", .title = "Restricted Boltzmann machines", .run = bench::rbm_training_task},
    {.name = "softmax_regression", .title = "Softmax regression", .run = bench::softmax_regression_task},
    {.name = "sweep", .title = "A sweep on two cores", .run = bench::sweep_task, .one_core = false},
}};

const Task& task_named(std::string_view name) {
    for (const auto& task : tasks)
        if (task.name == name) return task;
    throw std::invalid_argument("no task '" + std::string(name) + "'; see --help");
}

/// A folder of this process, removed at the end.
class ScratchFolder {
public:
    ScratchFolder() : path_(fs::temp_directory_path() / ("pstar-benchmarks-" + std::to_string(getpid()))) {
        fs::create_directories(path_);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

/// One part, in this process.
nlohmann::json work(const Options& options) {
    const auto& task = task_named(options.task);
    if (task.one_core) bench::pin_to_one_core();
    const ScratchFolder scratch;
    bench::Setting setting{.python = options.python,
                           .scripts = PSTAR_SOURCE_DIR "/scripts",
                           .benchmarks = PSTAR_SOURCE_DIR "/benchmarks",
                           .scratch = scratch.path(),
                           .quick = options.quick,
                           .only_check = options.check};
    if (!options.data.empty()) setting.mnist = options.data;
    auto result = task.run(setting);
    result["machine"] = bench::describe_machine();
    return result;
}

/// One part, in a process of its own: `program` is this one or its sibling for AVX2, `core` the kernels OpenBLAS is to
/// use (empty: its choice).
nlohmann::json delegate(const fs::path& program, const Task& task, const std::string& core, const Options& options) {
    for (const char* name : {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"}) setenv(name, "1", 1);
    if (core.empty())
        unsetenv("OPENBLAS_CORETYPE");
    else
        setenv("OPENBLAS_CORETYPE", core.c_str(), 1);
    std::vector<std::string> command{program, "--worker", "--task", std::string(task.name), "--python", options.python};
    if (!options.data.empty()) command.insert(command.end(), {"--data", options.data});
    if (options.quick) command.emplace_back("--quick");
    if (options.check) command.emplace_back("--check");
    std::cerr << task.name << (core.empty() ? "" : " with OpenBLAS's kernels for " + core) << std::endl;
    return bench::Process(command).receive();
}

bool runs_haswell_kernels() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

/// All parts of a task: as it is here, and where it makes a difference with less than this machine offers.
std::vector<nlohmann::json> run_parts(const Task& task, const fs::path& self, const Options& options) {
    std::vector<nlohmann::json> parts{delegate(self, task, task.uses_blas ? options.core : "", options)};
    const std::string core = parts[0]["machine"]["core"];
    if (task.uses_blas && options.core.empty() && !core.empty() && core != "Haswell" && runs_haswell_kernels())
        parts.push_back(delegate(self, task, "Haswell", options));
    const auto avx2 = self.parent_path() / "pstar_benchmarks_avx2";
    if (task.uses_vectors && fs::exists(avx2)) parts.push_back(delegate(avx2, task, "", options));
    return parts;
}

/// What holds for all parts.
std::string heading(const nlohmann::json& part, const Options& options) {
    const auto& machine = part["machine"];
    std::ostringstream text;
    text << "Measured on " << bench::today() << (options.quick ? " (`--quick`: preliminary)" : "") << " with pstar "
         << machine["version"].get<std::string>() << ", " << machine["compiler"].get<std::string>() << ", on "
         << machine["processor"].get<std::string>() << ". Data: " << part["data"].get<std::string>() << ".\n";
    return text.str();
}

/// A part's table under what it was measured with.
std::string table(const nlohmann::json& part) {
    const auto& machine = part["machine"];
    std::ostringstream text;
    text << "\npstar compiled for " << machine["vectors"].get<std::string>()
         << ", BLAS: " << machine["blas"].get<std::string>() << ".";
    for (const auto& remark : part["remarks"]) text << " " << remark.get<std::string>() << ".";
    text << "\n\n" << bench::markdown(part);
    return text.str();
}

void run_all(const Options& options) {
    const auto self = fs::read_symlink("/proc/self/exe");
    std::string start, sections, missed;
    for (const auto& task : tasks) {
        if (!options.task.empty() && task.name != options.task) continue;
        const auto parts = run_parts(task, self, options);
        if (options.check) continue;
        if (start.empty()) start = heading(parts[0], options);
        const std::string title(task.title);
        sections += std::string("\n### ").append(title).append("\n");
        for (const auto& part : parts) {
            sections += table(part);
            missed += bench::missed_targets(title, part);
        }
    }
    if (options.check) return;
    const auto verdict = missed.empty() ? std::string("\nEvery target is met.\n") : "\nNot met:\n\n" + missed;
    const auto report = start + verdict + sections;
    std::cout << report;
    if (!options.readme.empty()) bench::replace_results(options.readme, report);
}

}  // namespace

int main(int count, char** words) {
    if (count == 2 && std::string_view(words[1]) == "--help") {
        std::cout << usage;
        return 0;
    }
    std::signal(SIGPIPE, SIG_IGN);
    bool worker = false;
    try {
        const auto options = parse(count, words);
        if (!options.task.empty()) task_named(options.task);
        worker = options.worker;
        if (worker)
            std::cout << work(options) << std::endl;
        else
            run_all(options);
    } catch (const std::exception& problem) {
        if (worker)
            std::cout << nlohmann::json{{"error", problem.what()}} << std::endl;
        else
            std::cerr << "pstar_benchmarks: " << problem.what() << "\n";
        return 2;
    }
}
