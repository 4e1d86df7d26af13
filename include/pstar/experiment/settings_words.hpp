#pragma once

#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

#include <pstar/experiment/settings.hpp>

/// The settings of an experiment in words: the names of flags (`--learning-rate`), of config.json, of journals and of
/// columns are these.
namespace pstar {

inline std::string to_string(Noise noise) {
    return noise == Noise::common ? "common" : "independent";
}

/// Which test images are measured: `clean`, `corrupted` or `both`.
inline std::string_view evaluated_word(bool clean, bool corrupted) {
    return clean && corrupted ? "both" : corrupted ? "corrupted" : "clean";
}

/// Calls `visit(word, value)` for every setting that a number may depend on, always in the same order: for the rule of
/// the optimiser those it has, for the kernel probe only where there is one. Values are numbers, bools and strings.
template <class Visit>
void visit_settings(const ExperimentSettings& settings, const Visit& visit) {
    visit("epochs", settings.epochs);
    if (const auto* sgd = std::get_if<Sgd>(&settings.optimizer)) {
        visit("optimizer", std::string("sgd"));
        visit("learning_rate", sgd->lr);
        visit("momentum", sgd->momentum);
        visit("weight_decay", sgd->weight_decay);
    }
    if (const auto* adam = std::get_if<Adam>(&settings.optimizer)) {
        visit("optimizer", std::string("adam"));
        visit("learning_rate", adam->lr);
        visit("beta1", adam->beta1);
        visit("beta2", adam->beta2);
        visit("eps", adam->eps);
        visit("weight_decay", adam->weight_decay);
    }
    visit("loss", settings.loss.name());
    visit("noise", to_string(settings.noise));
    visit("evaluation", std::string(evaluated_word(settings.test_clean, settings.test_corrupted)));
    visit("seed", settings.seed.value);
    const auto& baseline = settings.baseline;
    visit("rbm_n_iter", baseline.rbm_n_iter);
    visit("rbm_learning_rate", baseline.learning_rate);
    visit("rbm_batch_size", baseline.batch_size);
    visit("cd_k", baseline.cd_k);
    visit("persistent", baseline.persistent);
    visit("rbm_chains", baseline.chains);
    visit("rbm_temperatures", baseline.temperatures);
    visit("rbm_centred", baseline.centred);
    visit("rbm_final_rate", baseline.final_rate);
    visit("classifier_max_iter", baseline.classifier_max_iter);
    visit("ridge", baseline.ridge);
    if (settings.training_subset == TrainingSubset::fresh) {
        visit("training_subset", to_string(settings.training_subset));
        visit("seeds_per_subset", settings.seeds_per_subset);
    }
    if (!settings.transfer.empty()) {  // point by point
        std::string channels, strengths;
        for (const auto& [corruption, strength] : settings.transfer) {
            const std::string comma = channels.empty() ? "" : ",";
            channels += comma + corruption;
            strengths += comma + nlohmann::json(strength).dump();
        }
        visit("test_channel", channels);
        visit("test_strength", strengths);
    }
    if (const auto& probe = settings.kernel_probe) {
        visit("subset", probe->subset);
        visit("output", std::string(ntk_output_names[static_cast<std::size_t>(probe->output)]));
        visit("inputs", std::string(evaluated_word(probe->clean, probe->corrupted)));
    }
}

}  // namespace pstar
