#include "common/run/timings.hpp"

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <unordered_map>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cli/flags.hpp"
#include "common/cli/text.hpp"

namespace study {
namespace {

/// The values of a run's key with commas between them: `relu,16,1,20000,64,replacement,0.5,2`.
std::string line_of(const Grid& grid, std::size_t index) {
    std::vector<std::string> words;
    const auto key = grid.key(grid[index]);
    for (const auto& value : key) words.push_back(value.is_string() ? value.get<std::string>() : value.dump());
    return joined(words);
}

std::string header_of(const Grid& grid) {
    std::vector<std::string> words;
    const auto key = grid.key(grid[0]);
    for (const auto& item : key.items()) words.push_back(item.key());
    return joined(words) + ",seconds\n";
}

}  // namespace

Timings::Timings(const std::filesystem::path& path, const Grid& grid)
    : grid_(grid), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
    struct stat status = {};
    if (file_ >= 0 && ::fstat(file_, &status) == 0 && status.st_size == 0) write(header_of(grid));
}
Timings::~Timings() {
    if (file_ >= 0) ::close(file_);
}

void Timings::add(std::size_t index, double seconds) noexcept {
    write(line_of(grid_, index) + "," + decimal(seconds) + "\n");
}

void Timings::add_all(const std::filesystem::path& other) noexcept {
    std::ifstream file(other, std::ios::binary);
    std::string header;
    std::getline(file, header);
    const std::string lines{std::istreambuf_iterator<char>(file), {}};
    if (!lines.empty()) write(lines);
}

void Timings::write(const std::string& text) noexcept {
    if (file_ < 0) return;
    if (::write(file_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        ::close(file_);  // a full disk, say, which the journal will complain of
        file_ = -1;
    }
}

void fill_in_seconds(const Grid& grid, std::span<const std::filesystem::path> files, Outcomes& outcomes) {
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        if (!outcomes[i].skipped() && std::isnan(outcomes[i].seconds)) places.emplace(line_of(grid, i), i);
    for (const auto& path : files) {
        std::ifstream file(path);
        for (std::string line; std::getline(file, line) && !file.eof();) {
            const auto comma = line.rfind(',');
            if (comma == line.npos) continue;
            const auto place = places.find(line.substr(0, comma));
            if (place == places.end()) continue;
            if (const auto seconds = number(line.substr(comma + 1)); seconds >= 0)
                outcomes[place->second].seconds = seconds;
        }
    }
}

}  // namespace study
