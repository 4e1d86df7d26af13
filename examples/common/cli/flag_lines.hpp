#pragma once

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

/// The flags of a program as lines that a program reads: docs/flags.md is made of them.
namespace study {

/// Help as CLI11 prints it, and for `--describe-flags` one line per flag, with tabs between group, names, kind of
/// value, default and text.
class HelpOrFlagLines : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
        if (mode != CLI::AppFormatMode::All) return CLI::Formatter::make_help(app, name, mode);
        std::string lines;
        for (const auto* option : app->get_options()) {
            if (option->get_group().empty() || option == app->get_help_ptr() || option == app->get_version_ptr())
                continue;
            const bool positional = option->get_lnames().empty();
            lines += option->get_group() + '\t' + option->get_name(positional, !positional) + '\t' +
                     option->get_type_name() + '\t' + option->get_default_str() + '\t' + option->get_description() +
                     '\n';
        }
        return lines;
    }
};

/// Has the program take `--describe-flags`, which its help does not name.
inline void offer_flag_lines(CLI::App& app) {
    const auto formatter = std::make_shared<HelpOrFlagLines>();
    formatter->column_width(34);
    app.formatter(formatter);
    app.set_help_all_flag("--describe-flags")->group("");
}

}  // namespace study
