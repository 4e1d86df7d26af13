#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <pstar/data/load_data.hpp>
#include <pstar/experiment/model_spec.hpp>
#include <pstar/sweep/schedule.hpp>

#include "common/cli/lists.hpp"

namespace study {

/// How RBMs learn, in studies that train some.
struct RbmFlags {
    std::vector<std::size_t> components{256};
    std::size_t n_iter = 10;  ///< passes over the training images
    double learning_rate = 0.05;
    std::size_t batch_size = 100;
    std::size_t cd_k = 1;
    bool persistent = false;
    std::size_t chains = 0;  ///< persistent ones; 0: as many as `batch_size`
    std::size_t temperatures = 1;
    bool centred = false;
    double final_rate = 1;  ///< share of the learning rate left at the end
    bool plain = false;     ///< beside RBMs trained so, others by plain CD-1
    std::size_t classifier_max_iter = 200;
    std::size_t ais_temperatures = 1000;  ///< 0: no log-probabilities
};

/// Which tangent kernels a study asks for.
struct KernelFlags {
    std::size_t subset = 64;      ///< test images
    std::string output = "true";  ///< class of each image; or `trace`, `full`
    std::string inputs = "both";  ///< `clean`, `corrupted` or `both`
};

/// How accuracy curves are fitted, in studies that trace some.
struct CurveFlags {
    std::string family = "automatic";  ///< `pstar::family_named`
    std::string stuck = "leave-out";   ///< `pstar::stuck_networks_named`
    std::string until_interval = {};   ///< `parse_interval`: runs are chosen round by round; empty: the whole grid
    bool compares_seeds = false;       ///< of the program: curves are compared seed by seed, each with its whole curve
};

/// Where strengths are inserted, in a study whose strengths are refined round by round.
struct RefinementFlags {
    double resolution = 0;       ///< gaps between strengths that are at most so wide stay; 0: as suits the channel
    double accuracy_step = 0.1;  ///< between neighbours whose accuracies differ by more than this
};

/// What varies beside networks and strengths, in studies that ask: training sets, what stays clean, labels, other
/// tests.
struct VariationFlags {
    std::string training_subset = "fixed";       ///< or `fresh`
    std::size_t seeds_per_subset = 1;            ///< of fresh ones
    std::optional<std::size_t> pool;             ///< images that they are drawn from; unset: see `load_data`
    std::vector<std::size_t> samples_per_class;  ///< training images of each class, beside `Flags::train`
    std::vector<double> clean_fraction{0.0};     ///< shares of the training images that stay clean
    std::vector<std::size_t> clean_per_class;    ///< so many of each class, beside them
    bool clean_only = false;                     ///< networks that learn from those alone, too
    std::vector<double> label_noise{0.0};        ///< with what probability a label is replaced
    std::vector<std::string> test_channel;       ///< corruptions of test images beside the usual ones; empty: none
    std::vector<double> test_strength;           ///< of them; of p those up to 1
    std::vector<double> decisions_at;            ///< strengths at which decisions are kept
    std::string size;                            ///< the axis of trends and colours; empty: the first that varies
    std::size_t classes = 0;                     ///< no flag: of the data, once they are there

    bool is_fresh() const { return training_subset == "fresh"; }
    /// Whether training images are chosen from more than there are in a training set.
    bool has_pool() const { return is_fresh() || !samples_per_class.empty(); }
};

/// The flags every study understands, with their defaults; a study may set others before it parses. The words are the
/// same in every CSV and in `config.json`.
struct Flags {
    std::string data = "synthetic";       ///< `synthetic` or a folder with the four IDX files of MNIST
    pstar::LoadOptions files;             ///< how a folder is read
    std::vector<std::size_t> train;       ///< images, the first so many; unset: 20000 synthetic ones, all of a folder's
    std::optional<std::size_t> test;      ///< images; unset: 5000 synthetic ones, all of a folder's
    double deform = 0;                    ///< strength of deformations of training images; 0: they are as they are
    std::size_t deform_images = 0;        ///< how many are deformed; 0: all, of synthetic digits 20000
    std::string channel = "replacement";  ///< or `byte_replacement`, `additive`, `binary_replacement`
    std::vector<double> strength;         ///< unset: a grid that suits the channel
    std::string arch = "mlp";             ///< or `cnn`, `ntk`, `nngp`
    double ridge = 1e-3;                  ///< of an ntk or nngp
    std::vector<std::size_t> width{16, 64, 256};  ///< of hidden layers; channels of a cnn's first block; 0: infinite
    std::vector<std::size_t> depth;               ///< hidden layers; blocks of a cnn. Unset: 1, and 2
    std::vector<std::size_t> channels;          ///< of a CNN's first block beside MLPs; empty: a study without the flag
    std::optional<RbmFlags> rbm;                ///< RBMs beside MLPs; unset: a study without the flags
    std::optional<KernelFlags> kernel;          ///< tangent kernels of networks; unset: a study without the flags
    std::optional<CurveFlags> curves;           ///< accuracy curves; unset: a study without the flags
    std::optional<VariationFlags> variations;   ///< unset: a study without the flags
    std::optional<RefinementFlags> refinement;  ///< a map over strength and another axis; unset: no such study
    bool own_models = false;                 ///< the study names its models, tests corrupted images, keeps no networks
    std::vector<pstar::ModelSpec> networks;  ///< no flag: a study's own, in place of arch, width and depth
    std::vector<std::string> activation{"relu"};
    std::size_t epochs = 5;
    std::vector<std::size_t> batch_size{64};
    std::string optimizer = "adam";  ///< or `sgd`
    double learning_rate = 0;        ///< 0: 0.001 for adam, 0.05 for sgd
    double momentum = 0.9;           ///< of sgd
    double weight_decay = 0;
    std::string loss = "cross_entropy";  ///< or `softmax_mse`
    RepeatRange repeats;
    std::uint64_t seed = 1;
    std::string evaluate = "both";     ///< `clean`, `corrupted` or `both`
    std::string noise = "common";      ///< or `independent`
    std::optional<std::size_t> draws;  ///< corrupted versions of each test image; unset: the study has no such flag

    // Where and how it is run. Nothing below changes a number.
    std::string out;
    std::string executor;                 ///< `serial`, `threads` or `mpi`
    std::size_t threads = 0;              ///< runs at once, of each process; 0: one a core, with mpi 1
    std::optional<pstar::Shard> shard;    ///< the part that is run; unset: all
    bool merge = false;                   ///< collect journals, run nothing
    std::vector<std::string> merge_from;  ///< files or folders; empty: the parts in `out`
    bool retry_failed = false, no_lock = false;
    bool dry_run = false;
    bool save_networks = false;      ///< trained networks stay in the folder
    bool quiet = false;              ///< no notes, no progress
    bool json = false;               ///< results as one line for scripts
    std::vector<std::string> typed;  ///< the command line, the program first
    std::vector<std::string> given;  ///< the words of the flags in it, see `describe`
};

/// Whether runs are chosen round by round, until intervals are narrow enough.
inline bool has_rounds(const Flags& flags) {
    return flags.curves && !flags.curves->until_interval.empty();
}
/// The strengths that may be measured: those of the flags, and where they are refined, all that may be inserted.
std::vector<double> all_strengths(const Flags& flags);
/// Whether runs of this kind of model are kernel ridge regressions, not networks.
inline bool is_kernel(const std::string& model) {
    return model == "ntk" || model == "nngp";
}
/// Whether test images are seen through other corruptions, too.
inline bool has_transfer(const Flags& flags) {
    return flags.variations && !flags.variations->test_channel.empty();
}
/// The largest number of training images; 0 where neither they nor the number of classes are known yet.
std::size_t largest_training_set(const Flags& flags);
/// What they are chosen for; its strengths and seeds are those of the flags. Only where `has_rounds`.
pstar::CurveDesign design_of(const Flags& flags);

/// The flag of a word: `--n-train-samples` of `n_train_samples`.
std::string flag_of(std::string word);

/// Something that decides numbers, with its values as the command line reads them back.
struct Setting {
    std::string word;  ///< as in config.json, see `describe`
    std::vector<std::string> values;
    bool is_list = false;
    bool is_flag = false;  ///< true or false, written --word=true
    bool may_grow = true;  ///< of a list: more values may be added to a folder

    std::string typed() const;  ///< as it stands on a command line
};

/// All that decides numbers, in the order of `describe`, every default spelt out.
std::vector<Setting> settings_of(const Flags& flags);

/// The values with commas between them.
std::string joined(const std::vector<std::string>& values);

/// The command that repeats the study, every default spelt out.
std::string command_of(const std::string& program, const Flags& flags);

/// The shortest decimal that reads back as the same double.
std::string decimal(double value);

/// The folder `out` with the name of the study and the time where it has {study} and {time}.
std::string filled_in(std::string out, const std::string& program);

/// What came of the command line: flags, or the code to end with at once (`--help` and mistakes have been answered).
struct Parsed {
    Flags flags;
    std::optional<int> exit_code;
};

/// Reads the command line over `defaults`. `description` and `example` are for `--help`. A mistake is answered on
/// stderr in one line, with code 2; of several processes that `mpirun` started only the first answers.
Parsed parse_flags(int argc, char** argv, const Flags& defaults, const std::string& description,
                   const std::string& example);

}  // namespace study
