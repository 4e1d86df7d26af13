// Which layer may include which, read from the #include lines.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "package/source_tree.hpp"

namespace {

const std::map<std::string, std::set<std::string>> layers_below = {
    {"core", {}},
    {"statistics", {"core"}},
    {"data", {"core", "io"}},
    {"corruption", {"core", "data"}},
    {"bayes", {"core", "data", "corruption", "softmax", "statistics"}},
    {"autodiff", {"core"}},
    {"nn", {"core", "data", "corruption", "autodiff", "io"}},
    {"softmax", {"core"}},
    {"rbm", {"core", "data", "corruption", "softmax"}},
    {"spectrum", {"core"}},
    {"ntk", {"core", "data", "corruption", "autodiff", "nn", "spectrum"}},
    {"margin", {"core", "data", "corruption", "autodiff", "nn", "statistics"}},
    {"scaling", {"core", "statistics"}},
    {"io", {"core"}},
    {"sweep", {"core", "io", "statistics"}},
    {"experiment",
     {"core", "data", "corruption", "bayes", "autodiff", "nn", "softmax", "rbm", "ntk", "spectrum", "margin", "scaling",
      "io", "statistics", "sweep"}},
    {"report", {"core", "data", "corruption", "statistics", "scaling", "experiment"}},
};

/// Headers that a caller asks for by name, because they need a package that pstar::pstar does not bring.
const std::set<std::string> opt_in = {"sweep/mpi.hpp", "sweep/detail/mpi/worker_pool.hpp",
                                      "sweep/detail/mpi/messages.hpp", "sweep/detail/mpi/round.hpp"};

/// Whether a header is a layer's own business: `scaling/detail/x.hpp`.
bool is_detail(const std::string& path) {
    return path.find("/detail/") != std::string::npos;
}
/// What kernels in all layers are made of.
bool is_of_kernels(const std::string& path) {
    return path.starts_with("core/detail/kernels/");
}

constexpr std::size_t longest_header = 400;

/// What a header includes against the plan, one sentence each.
std::vector<std::string> wrong_includes(const std::string& path, const Header& header, const SourceTree& tree) {
    std::vector<std::string> found;
    for (const auto& name : header.wrong) found.push_back(path + " includes " + name + " not as <pstar/...>");
    for (const auto& name : header.own) {
        const auto layer = layer_of(name);
        const auto arrow = path + " includes " + name;
        if (!tree.contains(name))
            found.push_back(arrow + ", which is not there");
        else if (name == "pstar.hpp")
            found.push_back(arrow + ", which is everything");
        else if (is_detail(name) && layer != header.layer && !is_of_kernels(name))
            found.push_back(arrow + ", which is another layer's own");
        else if (is_detail(name) && path == layer + ".hpp")
            found.push_back(arrow + ", which an umbrella does not show");
        else if (header.layer.empty()
                     ? path != "pstar.hpp"
                     : layer != header.layer && !layer.empty() && !layers_below.at(header.layer).contains(layer))
            found.push_back(arrow + ", which is not below it");
    }
    return found;
}

std::vector<std::string> violations(const std::filesystem::path& root) {
    const auto tree = read_source_tree(root);
    std::vector<std::string> found;
    const auto everything = reached_from("pstar.hpp", tree);
    for (const auto& [path, header] : tree) {
        if (!header.layer.empty() && !layers_below.contains(header.layer)) {
            found.push_back(path + " is in a layer that has no place in the plan");
            continue;
        }
        const auto wrong = wrong_includes(path, header, tree);
        found.insert(found.end(), wrong.begin(), wrong.end());
        if (header.lines > longest_header) found.push_back(path + " has " + std::to_string(header.lines) + " lines");
        if (reached_from(path, tree, false).contains(path)) found.push_back(path + " includes itself in a circle");
        for (const auto& name : header.definitions)
            if (!is_detail(name)) found.push_back(path + " has its definitions in " + name + ", which is not a detail");
        if (path != "pstar.hpp" && everything.contains(path) == opt_in.contains(path))
            found.push_back(path + (opt_in.contains(path) ? " is opt-in, but pstar.hpp reaches it"
                                                          : " is not reached from pstar.hpp"));
    }
    return found;
}

/// A small tree in a new folder, removed at the end.
class PlantedTree {
public:
    PlantedTree()
        : root_(std::filesystem::temp_directory_path() / ("pstar_layers_" + std::to_string(Catch::rngSeed()))) {
        std::filesystem::remove_all(root_);
        write("version.hpp", {});
        write("core/error.hpp", {"<string>"});
        write("data/dataset.hpp", {"<pstar/core/error.hpp>", "<pstar/version.hpp>"});
        write("pstar.hpp", {"<pstar/data/dataset.hpp>"});
    }
    PlantedTree(const PlantedTree&) = delete;
    PlantedTree& operator=(const PlantedTree&) = delete;
    ~PlantedTree() { std::filesystem::remove_all(root_); }

    void write(const std::string& path, const std::vector<std::string>& includes, std::size_t more_lines = 0) const {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream out(root_ / path);
        out << "#pragma once\n";
        for (const auto& name : includes) out << "#include " << name << "\n";
        out << std::string(more_lines, '\n');
    }
    std::filesystem::path path(const std::string& name) const { return root_ / name; }
    std::vector<std::string> violations() const { return ::violations(root_); }

private:
    std::filesystem::path root_;
};

}  // namespace

TEST_CASE("No include runs against the layers") {
    const std::filesystem::path root = PSTAR_SOURCE_DIR "/include/pstar";
    REQUIRE(read_source_tree(root).size() > 5);
    for (const auto& violation : violations(root)) FAIL_CHECK(violation);
}

TEST_CASE("The test of the layers finds what is planted") {
    const PlantedTree tree;
    REQUIRE(tree.violations().empty());
    const auto finds = [&](const std::vector<std::string>& expected) { CHECK(tree.violations() == expected); };

    SECTION("an arrow upwards") {
        tree.write("core/error.hpp", {"<pstar/data/other.hpp>"});
        tree.write("data/other.hpp", {});
        finds({"core/error.hpp includes data/other.hpp, which is not below it"});
    }
    SECTION("an arrow to a neighbour, by the neighbour's umbrella") {
        tree.write("corruption.hpp", {});
        tree.write("data/dataset.hpp", {"<pstar/core/error.hpp>", "<pstar/version.hpp>", "<pstar/corruption.hpp>"});
        finds({"data/dataset.hpp includes corruption.hpp, which is not below it"});
    }
    SECTION("the umbrella from below, which is a circle as well") {
        tree.write("core/error.hpp", {"<pstar/pstar.hpp>"});
        const auto found = tree.violations();
        CHECK(std::count(found.begin(), found.end(), "core/error.hpp includes pstar.hpp, which is everything") == 1);
        CHECK(std::count(found.begin(), found.end(), "core/error.hpp includes itself in a circle") == 1);
    }
    SECTION("details that another layer includes, or an umbrella shows") {
        tree.write("core/detail/inner.hpp", {});
        tree.write("core.hpp", {"<pstar/core/error.hpp>", "<pstar/core/detail/inner.hpp>"});
        tree.write("data/dataset.hpp", {"<pstar/core.hpp>", "<pstar/core/detail/inner.hpp>", "<pstar/version.hpp>"});
        finds({"core.hpp includes core/detail/inner.hpp, which an umbrella does not show",
               "data/dataset.hpp includes core/detail/inner.hpp, which is another layer's own"});
    }
    SECTION("definitions that are compiled elsewhere, which are no circle, but one of their own is") {
        std::ofstream(tree.path("data/dataset.hpp"), std::ios::app)
            << "#ifndef PSTAR_COMPILED\n#include <pstar/data/detail/dataset.hpp>\n#endif\n";
        tree.write("data/detail/dataset.hpp", {"<pstar/data/dataset.hpp>"});
        finds({});
        std::ofstream(tree.path("data/dataset.hpp"), std::ios::app) << "#include <pstar/data/other.hpp>\n";
        tree.write("data/other.hpp", {"<pstar/data/dataset.hpp>"});
        finds({"data/dataset.hpp has its definitions in data/other.hpp, which is not a detail"});
    }
    SECTION("other ways to write an include") {
        tree.write("data/dataset.hpp",
                   {"<pstar/core/error.hpp>", "\"dataset.hpp\"", "\"pstar/version.hpp\"", "<pstar/version.hpp>"});
        finds({"data/dataset.hpp includes dataset.hpp not as <pstar/...>",
               "data/dataset.hpp includes pstar/version.hpp not as <pstar/...>"});
    }
    SECTION("a header that nobody reaches, and one that only its own user should") {
        tree.write("data/lost.hpp", {});
        tree.write("sweep/mpi.hpp", {});
        finds({"data/lost.hpp is not reached from pstar.hpp"});
        tree.write("data/lost.hpp", {});
        tree.write("pstar.hpp", {"<pstar/data/dataset.hpp>", "<pstar/data/lost.hpp>", "<pstar/sweep/mpi.hpp>"});
        finds({"sweep/mpi.hpp is opt-in, but pstar.hpp reaches it"});
    }
    SECTION("a layer without a place in the plan, a file that is not there, a header that is too long") {
        tree.write("utils/everything.hpp", {});
        tree.write("core/error.hpp", {"<pstar/core/gone.hpp>"}, 399);
        finds({"core/error.hpp includes core/gone.hpp, which is not there", "core/error.hpp has 401 lines",
               "utils/everything.hpp is in a layer that has no place in the plan"});
    }
}
