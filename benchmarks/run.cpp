/// Runs every benchmark and reports: `pstar_benchmarks --help`. Parts run one after the other in processes of their own
/// (parts.hpp); inside a part, contenders take turns (harness/measure.hpp).

#include <csignal>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "harness/report.hpp"
#include "parts.hpp"
#include "report.hpp"

namespace {

void run_all(const bench::Options& options) {
    const auto self = std::filesystem::read_symlink("/proc/self/exe");
    bench::Report report(options);
    for (const auto& task : bench::all_tasks()) {
        if (!options.task.empty() && task.name != options.task) continue;
        if (options.check && !task.compares) continue;
        const auto parts = bench::run_parts(task, self, options);
        if (!options.check) report.add(task, parts);
    }
    if (options.check) return;
    if (!options.readme.empty()) report.draw(std::filesystem::path(options.readme).parent_path());
    std::cout << report.text();
    if (!options.readme.empty()) bench::replace_results(options.readme, report.text());
}

}  // namespace

int main(int count, char** words) {
    if (count == 2 && std::string_view(words[1]) == "--help") {
        std::cout << bench::usage;
        return 0;
    }
    std::signal(SIGPIPE, SIG_IGN);
    bool worker = false;
    try {
        const auto options = bench::parse_options(count, words);
        if (!options.task.empty()) bench::task_named(options.task);
        worker = options.worker;
        if (worker)
            std::cout << bench::work(options) << std::endl;
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
