#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pstar/core/atomic_file.hpp>
#include <pstar/report/detail/hover_values.hpp>
#include <pstar/report/detail/svg.hpp>
#include <pstar/report/figure.hpp>

extern "C" char** environ;

namespace pstar {

namespace detail {

inline constexpr std::string_view figure_look = R"(
set encoding utf8
set border 3 linecolor rgb '#444444' linewidth 1
set tics nomirror out scale 0.6 textcolor rgb '#222222'
set grid linetype 1 linewidth 0.6 linecolor rgb '#e4e4e4'
set key Left reverse samplen 1.6 spacing 1.25 textcolor rgb '#222222'
set style line 1 linecolor rgb '#0072B2' linewidth 2 pointtype 7 pointsize 0.7
set style line 2 linecolor rgb '#D55E00' linewidth 2 pointtype 5 pointsize 0.65
set style line 3 linecolor rgb '#009E73' linewidth 2 pointtype 9 pointsize 0.85
set style line 4 linecolor rgb '#CC79A7' linewidth 2 pointtype 13 pointsize 0.9
set style line 5 linecolor rgb '#E69F00' linewidth 2 pointtype 11 pointsize 0.85
set style line 6 linecolor rgb '#56B4E9' linewidth 2 pointtype 15 pointsize 0.8
set style line 7 linecolor rgb '#222222' linewidth 2 pointtype 6 pointsize 0.7
set style line 10 linecolor rgb '#8a8a8a' linewidth 1.2 dashtype 2
set bars small
)";

/// Runs gnuplot on a script in `folder`, its complaints into `log`; returns its exit status, -1 without gnuplot.
PSTAR_INLINE int run_gnuplot(const std::filesystem::path& folder, const std::string& script, const std::string& base,
                             const std::filesystem::path& log) {
    const std::string settings = "base='" + base + "'";
    std::array<const char*, 5> arguments{"gnuplot", "-e", settings.c_str(), script.c_str(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    pid_t child = 0;
    const int failed =
        posix_spawnp(&child, "gnuplot", &actions, nullptr, const_cast<char**>(arguments.data()), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) return -1;
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

PSTAR_INLINE std::string contents_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A full disk cuts pictures off.
PSTAR_INLINE bool is_whole_picture(const std::filesystem::path& picture) {
    const auto text = contents_of(picture);
    return text.find(picture.extension() == ".svg" ? "</svg>" : "IEND", std::max<std::size_t>(text.size(), 16) - 16) !=
           text.npos;
}

/// Makes the picture that gnuplot drew ready for readers.
PSTAR_INLINE void finish_picture(const std::filesystem::path& svg) {
    const auto text = finished_svg(contents_of(svg));
    AtomicFile file(svg);
    file.write(text);
    file.commit();
}

}  // namespace detail

PSTAR_INLINE bool has_gnuplot() {
    const char* const path = std::getenv("PATH");
    std::istringstream folders(path ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (access((std::filesystem::path(folder) / "gnuplot").c_str(), X_OK) == 0) return true;
    return false;
}

PSTAR_INLINE std::string shown_text(std::string_view text) {
    std::string shown;
    for (const char c : text) {
        if (std::string_view("_^{}@&~\\").find(c) != std::string_view::npos) shown += '\\';
        if (c == '\'')
            shown += "\u2019";
        else
            shown += std::iscntrl(static_cast<unsigned char>(c)) ? ' ' : c;
    }
    return shown;
}

PSTAR_INLINE void Figure::data(const std::string& name, const std::vector<std::vector<double>>& rows) {
    tables_ += "$" + name + " << END\n";
    sizes_[name] = {rows.size(), rows.empty() ? 0 : rows[0].size()};
    for (const auto& row : rows) {
        for (std::size_t j = 0; j < row.size(); ++j) tables_.append(j == 0 ? "" : " ").append(shown_number(row[j]));
        tables_ += "\n";
    }
    tables_ += "END\n";
}

PSTAR_INLINE void Figure::draw(std::string_view commands) {
    commands_ += detail::with_hover_values(commands, sizes_);
}

PSTAR_INLINE void Figure::panel(std::size_t index, std::size_t count, const std::string& title) {
    if (index == 0) draw("set multiplot layout 1," + std::to_string(count));
    draw("set title \"" + title + "\" offset 0,-0.3");
}

PSTAR_INLINE std::string Figure::script(const std::string& name) const {
    const auto size = [](std::size_t width, std::size_t height) {
        return std::to_string(width) + "," + std::to_string(height);
    };
    return "# gnuplot " + name + ".gnuplot draws " + name + ".svg and " + name + ".png\nif (!exists('base')) base = '" +
           name + "'\n" + tables_ + std::string(detail::figure_look) +
           "do for [kind in 'svg png'] {\nset output base.'.'.kind\nif (kind eq 'svg') { set terminal svg enhanced "
           "size " +
           size(width_, height_) +
           " font 'sans-serif,13' background '#ffffff' } else { set terminal pngcairo enhanced size " +
           size(2 * width_, 2 * height_) + " font 'Sans,13' fontscale 1.55 linewidth 2 pointscale 2 dashlength 1 }\n" +
           commands_ + "unset multiplot\nset output\n}\n";
}

PSTAR_INLINE std::optional<std::string> Figure::write(const std::filesystem::path& folder,
                                                      const std::string& name) const {
    namespace fs = std::filesystem;
    AtomicFile file(folder / (name + ".gnuplot"));
    file.write(script(name));
    file.commit();
    const auto draft = "." + name + "." + std::to_string(getpid());
    const auto log = folder / (draft + ".log");
    std::error_code failed;
    std::string why;
    for (const auto& entry : fs::directory_iterator(folder, failed))  // what a kill has left
        if (entry.path().filename().string().starts_with("." + name + ".")) fs::remove(entry.path(), failed);
    const int status = detail::run_gnuplot(folder, name + ".gnuplot", draft, log);
    if (status != 0)
        why = !has_gnuplot() ? "gnuplot is not installed" : "gnuplot failed: " + detail::contents_of(log);
    else if (!detail::is_whole_picture(folder / (draft + ".svg")) ||
             !detail::is_whole_picture(folder / (draft + ".png")))
        why = "gnuplot wrote no whole picture";
    else
        detail::finish_picture(folder / (draft + ".svg"));
    fs::remove(log, failed);
    for (const std::string kind : {".svg", ".png"})
        if (why.empty() && (fs::rename(folder / (draft + kind), folder / (name + kind), failed), failed))
            why = "'" + name + kind + "' cannot be written";
    if (why.empty()) return std::nullopt;
    for (const auto& left : {draft, name})  // pictures of earlier numbers, too
        fs::remove(folder / (left + ".svg"), failed), fs::remove(folder / (left + ".png"), failed);
    while (why.ends_with('\n')) why.pop_back();
    return "The figure " + name + " is missing: " + why + ". Everything else is written; gnuplot on " +
           (folder / (name + ".gnuplot")).string() + " draws it.";
}

}  // namespace pstar
