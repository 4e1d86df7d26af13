#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <pstar/core/parse_number.hpp>

namespace pstar::detail {

/// The values of a run's key as cells of a CSV line: `relu,16,0.5,2`.
inline std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string cell = "\"";
    for (const char letter : text) cell.append(letter == '"' ? 2 : 1, letter);
    return cell + '"';
}
inline std::string timing_line(const nlohmann::ordered_json& key) {
    std::string line;
    for (const auto& value : key)
        line +=
            csv_cell(value.is_string() ? value.get<std::string>()
                                       : value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) +
            ',';
    return line;
}
inline std::string timing_header(const nlohmann::ordered_json& key) {
    std::string line;
    for (const auto& item : key.items()) line += csv_cell(item.key()) + ',';
    return line + "seconds";
}

/// The times that runs took. A journal holds only what is the same each time a run is done, so they have a file of
/// their own: CSV, one line per run, with the columns of the run's key and `seconds`.
///
/// It is for information: what cannot be read or written is left out without an error.
class Timings {
public:
    /// Opens or creates the file. `key` is that of any run. Nothing is added to a file with other columns.
    Timings(const std::filesystem::path& path, const nlohmann::ordered_json& key)
        : header_(timing_header(key)), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
        struct stat status = {};
        if (file_ < 0 || ::fstat(file_, &status) != 0) return;
        if (status.st_size == 0)
            write(header_ + '\n');
        else
            go_on(path);
    }
    Timings(const Timings&) = delete;
    Timings& operator=(const Timings&) = delete;
    ~Timings() { close(); }

    void add(const nlohmann::ordered_json& key, double seconds) {
        std::array<char, 32> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), seconds).ptr;
        write(timing_line(key).append(digits.data(), end) + '\n');
    }
    /// Adds all lines of another file with the same columns.
    void add_all(const std::filesystem::path& other) {
        std::ifstream file(other, std::ios::binary);
        if (std::string header; !std::getline(file, header) || header != header_) return;
        const std::string lines{std::istreambuf_iterator<char>(file), {}};
        const auto end = lines.rfind('\n');
        if (end != std::string::npos) write(lines.substr(0, end + 1));
    }

private:
    /// Removes an incomplete last line. A file with other columns is left as it is.
    void go_on(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        const auto end = text.rfind('\n') + 1;  // 0 if there is none
        if (!text.starts_with(header_ + '\n') ||
            (end < text.size() && ::ftruncate(file_, static_cast<off_t>(end)) != 0))
            close();
    }
    void write(const std::string& text) {
        if (file_ >= 0 && ::write(file_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) close();
    }
    void close() {
        if (file_ >= 0) ::close(file_);
        file_ = -1;
    }

    std::string header_;
    int file_;  // -1: nothing is written
};

/// Calls `visit(line of the key, seconds)` for every complete line of these files.
inline void for_each_timing(std::span<const std::filesystem::path> files,
                            const std::function<void(const std::string&, double)>& visit) {
    for (const auto& path : files) {
        std::ifstream file(path);
        for (std::string line; std::getline(file, line) && !file.eof();) {
            const auto start = line.rfind(',') + 1;  // 0 if there is no comma
            const auto seconds = parse_number(std::string_view(line).substr(start));
            if (seconds && *seconds >= 0 && std::isfinite(*seconds)) visit(line.substr(0, start), *seconds);
        }
    }
}

}  // namespace pstar::detail
