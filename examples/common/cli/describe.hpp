#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <pstar/experiment/analysis/size_trends.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>

#include "common/cli/flags.hpp"
#include "common/cli/text.hpp"
#include "common/cli/validators.hpp"

/// The one description of what a study can be asked: from it come the flags and their help, config.json and the command
/// in reports. A word is the same everywhere: `n_train_samples` is the flag `--n-train-samples`, the key in
/// config.json, the axis in the journal and the column in CSV files.
namespace study {

/// How a flag is shown and checked.
struct FlagText {
    std::string word;
    std::string help;
    std::string type_name = "N";
    std::string alias = {};     ///< a shorter spelling: `train`
    CLI::Validator check = {};  ///< of each value
    bool is_listed = true;      ///< stands in config.json; false: it decides nothing here
    std::string usual = {};     ///< shown as the default; empty: the value
    std::string before = {};    ///< of a list: what folders have whose config.json does not name it; empty: nothing
    bool may_grow = true;       ///< of a list: a folder takes more values
};

namespace detail {

inline std::string usual_strengths(const Flags& flags) {
    std::vector<std::string> words;
    for (const double strength : flags.strength) words.push_back(decimal(strength));
    return words.empty() ? "denser near the knee" : joined(words);
}

template <class Visit>
void describe_data(Flags& flags, const Visit& visit) {
    visit.group("Data");
    visit({"data", "synthetic, or a folder of images: IDX files as MNIST's, CIFAR's binary files, or .npy",
           "synthetic|DIR"},
          flags.data);
    const auto& files = flags.files;
    const CLI::Validator any;
    visit({"data_name", "only IDX files of the folder whose names contain this", "WORD", "", any, !files.name.empty()},
          flags.files.name);
    visit({"transpose", "exchange rows and columns of the folder's images, for EMNIST", "", "", any, files.transpose},
          flags.files.transpose);
    visit({"first_label", "the label of class 0: 1 for EMNIST's letters", "N", "", whole(), files.first_label > 0},
          flags.files.first_label);
    const std::string all = " synthetic, or all of the folder's";
    const auto train = flags.train.empty() ? "20000" + all : fmt::format("{}", fmt::join(flags.train, ","));
    const std::string which = flags.variations ? "training images, the first so many unless --subset fresh ["
                                               : "training images, the first so many [";
    visit({"n_train_samples", which + train + "]", "LIST", "train", count(), !flags.train.empty(), " "}, flags.train);
    visit({"deform",
           "learn from deformed versions of the training images, of which there are then any number: strength, 1 is "
           "usual",
           "X", "", positive(), flags.deform > 0, " "},
          flags.deform);
    visit({"deform_images", "deform so many training images [all of the folder's, or 20000 synthetic ones]", "N", "",
           count(), flags.deform > 0, " "},
          flags.deform_images);
    const auto test = flags.test ? std::to_string(*flags.test) : "5000" + all;
    visit({"n_test_samples", "test images [" + test + "]", "N", "test", count(), flags.test.has_value(), " "},
          flags.test);
}

template <class Visit>
void describe_corruption(Flags& flags, const Visit& visit) {
    visit.group("Corruption");
    visit(
        {"corruption_mode",
         "replacement, byte_replacement (by grey levels), additive or binary_replacement (binarises the images first)",
         "WORD", "channel", one_of({"replacement", "byte_replacement", "additive", "binary_replacement", "binary"})},
        flags.channel);
    visit.strengths(
        {"strength", fmt::format("p, or sigma if additive: 0:1:0.1 or 0,0.5,0.9,1 [{}]", usual_strengths(flags)),
         "LIST"},
        flags.strength);
    visit({"noise", "common random numbers: strengths share their uniforms; or independent", "WORD", "",
           one_of({"common", "independent"})},
          flags.noise);
    if (!flags.draws && !flags.own_models)
        visit({"evaluation", "test images clean, corrupted or both", "WORD", "evaluate",
               one_of({"clean", "corrupted", "both"})},
              flags.evaluate);
}

inline CLI::Validator share() {
    return must("lie in [0, 1]", [](const std::string& word) {
        const double value = number(word);
        return value >= 0 && value <= 1;
    });
}

template <class Visit>
void describe_training_set(VariationFlags& set, const Visit& visit) {
    const CLI::Validator any;
    visit.group("Training set");
    visit(
        {"training_subset",
         "fixed: the first images, the same for all seeds; fresh: drawn anew for each seed, so that intervals hold for "
         "other training sets, too",
         "WORD", "subset", one_of({"fixed", "fresh"}), set.is_fresh()},
        set.training_subset);
    visit({"seeds_per_subset",
           "of fresh ones: seeds 0 to N-1 share one, and so on; from 2 on the variance is split into seed and training "
           "set",
           "N", "", count(), set.is_fresh()},
          set.seeds_per_subset);
    visit({"n_pool", "images that training sets are drawn from [60000 synthetic, or all of the folder's]", "N", "pool",
           count(), set.pool.has_value(), " "},
          set.pool);
    visit({"samples_per_class", "training images of each class, in place of or beside --n-train-samples", "LIST", "",
           count(), !set.samples_per_class.empty(), " "},
          set.samples_per_class);
    visit({"clean_fraction", "share of the training images that stay clean, at random; the others are corrupted",
           "LIST", "", share(), set.clean_fraction != std::vector{0.0}, "", "0"},
          set.clean_fraction);
    visit({"clean_per_class", "the same as a number of images of each class", "LIST", "", count(),
           !set.clean_per_class.empty(), " "},
          set.clean_per_class);
    visit({"clean_only", "also networks that learn from those clean images alone", "", "", any, set.clean_only},
          set.clean_only);
    visit(
        {"label_noise",
         "probability q that a training label is replaced by one drawn from all K classes: a share q (K-1)/K is wrong",
         "LIST", "", share(), set.label_noise != std::vector{0.0}, "", "0"},
        set.label_noise);
}

/// The axis of a map, or of trends and colours.
template <class Visit>
void describe_size(const Flags& flags, std::string& size, const Visit& visit) {
    std::vector<std::string> sizes(pstar::run_size_names.begin(), pstar::run_size_names.end());
    const auto what = flags.refinement ? "axis of the map beside the strength"
                                       : "axis along which trends are sought and curves coloured";
    visit({"size", fmt::format("{} [the first that has several values]: {}", what, joined(sizes)), "AXIS", "",
           one_of(sizes), !size.empty(), " "},
          size);
}

template <class Visit>
void describe_other_tests(VariationFlags& tests, const Visit& visit) {
    visit.group("Other tests of the same networks");
    visit(
        {"test_channel", "corruptions that test images are seen through, too, as --corruption-mode: a transfer matrix",
         "LIST", "", one_of({"replacement", "byte_replacement", "additive", "binary_replacement"}),
         !tests.test_channel.empty(), " ", "", false},
        tests.test_channel);
    visit({"test_strength", "strengths of --test-channel, of p those up to 1 [as of --strength]", "LIST", "",
           within(0, std::numeric_limits<double>::infinity(), false, "be at least 0"), !tests.test_strength.empty(),
           " ", "", false},
          tests.test_strength);
    visit({"decisions_at",
           "strengths at which decisions are kept: confusion matrices, accuracies of classes, images that fail most "
           "often",
           "LIST", "", within(0, std::numeric_limits<double>::infinity(), false, "be at least 0"),
           !tests.decisions_at.empty(), " "},
          tests.decisions_at);
}

template <class Visit>
void describe_rbm(RbmFlags& rbm, const Visit& visit) {
    visit.group("Restricted Boltzmann machine, softmax regression");
    visit({"rbm_components", "hidden units of the RBM, a comma list", "LIST", "components", count()}, rbm.components);
    visit({"rbm_n_iter", "passes over the training images", "N", "", count()}, rbm.n_iter);
    visit({"rbm_learning_rate", "step size of the RBM", "X", "", positive()}, rbm.learning_rate);
    visit({"rbm_batch_size", "images a step of the RBM", "N", "", count()}, rbm.batch_size);
    visit({"cd_k", "Gibbs sweeps a step", "N", "", count()}, rbm.cd_k);
    visit({"persistent", "chains go on from step to step (PCD)"}, rbm.persistent);
    visit({"rbm_chains", "persistent chains; 0: as many as images a step", "N", "", whole()}, rbm.chains);
    visit({"rbm_temperatures", "of persistent chains, by parallel tempering; 1: none", "N", "", count()},
          rbm.temperatures);
    visit({"rbm_centred", "the centred gradient"}, rbm.centred);
    visit({"rbm_final_rate", "share of the RBM's learning rate left at the end, by a cosine, 0 to 1", "X", "",
           within(0, std::nextafter(1.0, 2.0), false, "lie in [0, 1]")},
          rbm.final_rate);
    visit({"rbm_plain", "also RBMs trained by plain CD-1 at a constant rate, to compare"}, rbm.plain);
    visit({"classifier_max_iter", "iterations of softmax regression, on features and on pixels, at most", "N", "",
           count()},
          rbm.classifier_max_iter);
    visit({"ais_temperatures", "annealing steps of log Z, for log-probabilities of test images; 0: none", "N", "",
           must("be 0 or a whole number of at least 29",
                [](const std::string& word) {
                    const auto value = pstar::parse_whole_number(word);
                    return value && (*value == 0 || *value >= 29);
                })},
          rbm.ais_temperatures);
}

template <class Visit>
void describe_kernel(KernelFlags& kernel, const Visit& visit) {
    visit.group("Tangent kernel");
    visit({"subset", "test images, drawn at random for each seed", "N", "", count()}, kernel.subset);
    visit({"output", "true: of each image's own class; trace: sum over classes; full: all classes by all", "WORD", "",
           one_of({"true", "trace", "full"})},
          kernel.output);
    visit({"inputs", "the images clean, corrupted or both", "WORD", "", one_of({"clean", "corrupted", "both"})},
          kernel.inputs);
}

template <class Visit>
void describe_network(Flags& flags, const Visit& visit) {
    const bool both_kinds = !flags.channels.empty(), mlps_alone = both_kinds || flags.rbm;
    // kernels alone are no networks whose kernels or gradients one asks for
    const bool may_be_infinite = !mlps_alone && !flags.kernel && !flags.draws && !flags.own_models;
    if (flags.rbm) describe_rbm(*flags.rbm, visit);
    if (flags.kernel) describe_kernel(*flags.kernel, visit);
    visit.group("Network");
    if (both_kinds)
        visit(
            {"cnn_channels", "channels of the first of a cnn's two blocks, a comma list", "LIST", "channels", count()},
            flags.channels);
    if (!mlps_alone && !flags.own_models)
        visit({"model_type",
               may_be_infinite ? "mlp, cnn, or kernel ridge regression with a kernel of wide mlps: ntk, the tangent "
                                 "kernel, or nngp, that of the gaussian process"
                               : "mlp or cnn",
               "WORD", "arch",
               one_of(may_be_infinite ? std::vector<std::string>{"mlp", "cnn", "ntk", "nngp"}
                                      : std::vector<std::string>{"mlp", "cnn"})},
              flags.arch);
    if (may_be_infinite)
        visit({"ridge", "of --model-type ntk or nngp, in units of the kernel's mean diagonal", "X", "", positive(),
               is_kernel(flags.arch)},
              flags.ridge);
    if (mlps_alone)
        visit({"mlp_width", "units of an mlp's hidden layer, a comma list", "LIST", "width", count()}, flags.width);
    else
        visit({"width",
               fmt::format("units of a hidden layer, or channels of a cnn's first block; a comma list{}",
                           may_be_infinite ? " [0, infinite, for ntk and nngp]" : ""),
               "LIST", "", may_be_infinite ? whole() : count()},
              flags.width);
    visit({"depth",
           mlps_alone ? "hidden layers of the mlps [1]" : "hidden layers [1], or blocks of a cnn [2]; a comma list",
           "LIST", "", count(), true, " "},
          flags.depth);
    const std::vector<std::string> activations(pstar::activation_names.begin(), pstar::activation_names.end());
    visit({"activation", "comma list of " + joined(activations), "LIST", "", one_of(activations)}, flags.activation);
}

template <class Visit>
void describe_training(Flags& flags, const Visit& visit) {
    visit.group("Training");
    visit({"epochs", "passes over the training images", "N", "", count()}, flags.epochs);
    visit({"batch_size", "images a step, a comma list", "LIST", "", count()}, flags.batch_size);
    visit({"optimizer", "adam or sgd", "WORD", "", one_of({"adam", "sgd"})}, flags.optimizer);
    visit({"learning_rate", "step size [0.001 for adam, 0.05 for sgd]", "X", "", positive(), true, " "},
          flags.learning_rate);
    visit({"momentum", "of sgd, in [0, 1)", "X", "", within(0, 1, false, "lie in [0, 1)"), flags.optimizer == "sgd"},
          flags.momentum);
    visit({"weight_decay", "L2 penalty", "X", "",
           within(0, std::numeric_limits<double>::infinity(), false, "be at least 0")},
          flags.weight_decay);
    visit({"loss", "cross_entropy or softmax_mse (Brier)", "WORD", "", one_of({"cross_entropy", "softmax_mse"})},
          flags.loss);
}

template <class Visit>
void describe_refinement(RefinementFlags& refinement, const Visit& visit) {
    visit({"resolution",
           "insert strengths half way between two of --strength, and so on, where accuracy falls, until they are at "
           "most so far apart [0.025, or 0.25 if additive]",
           "X", "", positive(), true, " "},
          refinement.resolution);
    visit({"accuracy_step", "where accuracy falls: neighbours differ by more than this", "X", "",
           within(0, 1, false, "lie in [0, 1)")},
          refinement.accuracy_step);
}

template <class Visit>
void describe_curves(CurveFlags& curves, bool has_rounds, const Visit& visit) {
    visit.group("Curves");
    std::vector<std::string> families{"automatic"};
    for (const auto family : pstar::sigmoid_families) families.emplace_back(to_string(family));
    visit({"family", enumerated(families, "or") + "; automatic: the least AIC, and a smooth curve where none fits",
           "WORD", "", one_of(families)},
          curves.family);
    visit({"stuck", "networks that never learned where others did: leave-out of curves, or keep", "WORD", "",
           one_of({"leave-out", "keep"})},
          curves.stuck);
    if (!has_rounds) return;
    visit({"until_interval",
           "p_star:0.01 or slope:0.2: choose strengths and seeds round by round, where they tell most, until the 95% "
           "interval of every network is at most value +- 0.01 wide, or needs more than the most of --repeats seeds "
           "[20:100]; difference:0.01: that of p* of one network less p* of another, of every two that are compared; "
           "nu:0.3 or p_c:0.01: those of the collapse of networks of several sizes (these, and all of "
           "mlp_vs_cnn, with whole seeds [8:40]); --strength then says what may be measured [0:1:0.01]",
           "WORD:X", "", CLI::Validator(), !curves.until_interval.empty(), " "},
          curves.until_interval);
}

template <class Visit>
void describe_study(Flags& flags, const Visit& visit) {
    visit.group("Study");
    if (flags.draws || flags.own_models || flags.refinement)
        visit.repeats({"repeats", "seeds of every point"}, flags.repeats);
    if (flags.draws) {
        visit({"draws", "corrupted versions of each test image", "N", "",
               must("be a whole number of at least 2",
                    [](const std::string& word) { return pstar::parse_whole_number(word).value_or(0) >= 2; })},
              *flags.draws);
    } else if (!flags.own_models && !flags.refinement) {
        visit.repeats(
            {"repeats", "seeds of every point; 10:100 with --until-stderr: 10, and up to 100 where it is still noisy",
             "N|MIN:MAX"},
            flags.repeats);
        visit({"until_stderr", "add seeds to a point until the standard error of its accuracies is at most this", "X",
               "", within(0, 1, true, "lie between 0 and 1"), flags.repeats.until_error > 0, " "},
              flags.repeats.until_error);
    }
    visit({"seed", "the master seed: everything random follows from it", "N", "", whole()}, flags.seed);
}

}  // namespace detail

/// Calls `visit(FlagText, value)` for everything that decides numbers, in the order of the help; `visit.group(title)`
/// before each group; `visit.strengths` and `visit.repeats` for the two that are written in a way of their own.
template <class Visit>
void describe(Flags& flags, const Visit& visit) {
    detail::describe_data(flags, visit);
    detail::describe_corruption(flags, visit);
    if (flags.variations) detail::describe_training_set(*flags.variations, visit);
    detail::describe_network(flags, visit);
    detail::describe_training(flags, visit);
    if (flags.variations && !flags.refinement) detail::describe_other_tests(*flags.variations, visit);
    if (flags.refinement) visit.group("Map");
    if (flags.variations) detail::describe_size(flags, flags.variations->size, visit);
    if (flags.refinement) detail::describe_refinement(*flags.refinement, visit);
    if (flags.curves) detail::describe_curves(*flags.curves, !flags.refinement, visit);
    detail::describe_study(flags, visit);
}

}  // namespace study
