#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace study {

/// The flags every study understands, with their defaults; a study may set others before it parses. The words are the
/// same in every CSV and in `config.json`.
struct Flags {
    std::string data = "synthetic";          ///< `synthetic` or a folder with the four IDX files of MNIST
    std::optional<std::size_t> train, test;  ///< images; unset: 20000 and 5000 synthetic ones, all of a folder's
    std::string channel = "replacement";     ///< or `additive`, `binary`
    std::vector<double> strength;            ///< unset: a grid that suits the channel
    std::string arch = "mlp";
    std::vector<std::size_t> width{16, 64, 256};
    std::size_t depth = 1;
    std::vector<std::string> activation{"relu"};
    std::size_t epochs = 5;
    std::size_t batch_size = 64;
    std::string optimizer = "adam";  ///< or `sgd`
    double learning_rate = 0;        ///< 0: 0.001 for adam, 0.05 for sgd
    double momentum = 0.9;           ///< of sgd
    double weight_decay = 0;
    std::string loss = "cross_entropy";  ///< or `quadratic`
    std::size_t repeats = 3;
    std::uint64_t seed = 1;
    std::string evaluate = "both";  ///< `clean`, `corrupted` or `both`
    std::string noise = "common";   ///< or `independent`
    std::size_t threads = 0;        ///< 0: one a core; changes nothing but the time
    std::string out;
};

/// What came of the command line: flags, or the code to end with at once (`--help` and mistakes have been answered).
struct Parsed {
    Flags flags;
    std::optional<int> exit_code;
};

/// Reads the command line over `defaults`. `description` and `example` are for `--help`. A mistake is answered on
/// stderr in one line, with code 2.
Parsed parse_flags(int argc, char** argv, const Flags& defaults, const std::string& description,
                   const std::string& example);

/// A flag that decides numbers, with its values as the command line reads them back.
struct Setting {
    std::string flag;  ///< without the dashes
    std::vector<std::string> values;
    bool is_list = false;
};

/// All flags but `threads` and `out`, in a fixed order, every default spelt out.
std::vector<Setting> settings_of(const Flags& flags);

/// The values with commas between them.
std::string joined(const std::vector<std::string>& values);

/// The command that repeats the study, every default spelt out.
std::string command_of(const std::string& program, const Flags& flags);

/// The shortest decimal that reads back as the same double.
std::string decimal(double value);

}  // namespace study
