#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

#include <pstar/data/dataset.hpp>
#include <pstar/data/image_stream.hpp>
#include <pstar/experiment/built_in.hpp>
#include <pstar/experiment/registration.hpp>
#include <pstar/experiment/settings.hpp>

namespace pstar {

/// What all runs of a study share: the data, the settings, and the models and corruptions that a grid may name. A
/// corruption and a network of your own take part like the built-in ones, `replacement`, `additive`
/// and `mlp`, `cnn`, `rbm`, ... (`built_in_corruptions`, `built_in_models`):
///
///     pstar::Experiment experiment{.data = digits, .settings = {.epochs = 5, .seed = pstar::Seed{1}}};
///     experiment.corruption("occlusion", [](double k) { return Occlusion{k}; });
///     experiment.model("residual", [](const pstar::ModelSpec& spec, const pstar::Dataset& images, pstar::Seed seed) {
///         return ResidualMlp<float>(images.pixels(), spec.width, images.classes, seed);
///     });
///     const auto results = pstar::run(experiment, {.models = {"mlp", "residual"}, .corruptions = {"occlusion"}, ...});
///
/// `Scalar` is what the built-in models compute in. `pstar::compiled` has them in float; a program that asks for double
/// links `pstar::pstar`.
template <class Scalar>
struct BasicExperiment {
    TrainTest data;                    ///< training images, of which runs take the first so many, and test images
    ExperimentSettings settings = {};  ///< what is the same for all runs
    ModelRegistry models = built_in_models<Scalar>();         ///< kinds that a grid may name
    CorruptionRegistry corruptions = built_in_corruptions();  ///< corruptions that a grid may name
    /// A folder that is there: every network that a run has trained is written into it (`save_network`) under
    /// `network_file_name`. Empty: none. It decides no number.
    std::filesystem::path save_networks = {};
    /// Training images that are drawn when they are asked for, unless empty: runs learn from its first ones, and
    /// `data.train` holds some of these, 100 or more if there are so many. Networks draw them step by step; a model of
    /// another kind holds all those of its run.
    ImageStream stream = {};
    /// Batches of the stream that each run has drawn ahead by a second thread; 0: none, its own thread draws them.
    /// Worth it where there are two cores for each run. It decides no number.
    std::size_t prefetch = 0;
    /// A folder, made where it is needed: a network's run that takes longer than `checkpoint_seconds` keeps its
    /// training there (`TrainingCheckpoint`) until its outcome is known, so that the next start of `run` goes on with
    /// it. Empty: none. It decides no number.
    std::filesystem::path checkpoints = {};
    double checkpoint_seconds = 60;  ///< see `checkpoints`

    /// How many training images there are.
    std::size_t training_images() const { return stream.empty() ? data.train.size() : stream.size(); }

    /// Registers a corruption, see `register_corruption`. Journals and tables hold its name alone: name it anew when it
    /// changes.
    template <class Make>
    BasicExperiment& corruption(const std::string& name, Make make) {
        register_corruption(corruptions, name, std::move(make));
        return *this;
    }
    /// Registers a kind of model, see `register_model`; the same holds for its name.
    template <class Make>
    BasicExperiment& model(const std::string& name, Make make) {
        register_model(models, name, std::move(make));
        return *this;
    }
};
/// What studies use: built-in models in float.
using Experiment = BasicExperiment<float>;

}  // namespace pstar
