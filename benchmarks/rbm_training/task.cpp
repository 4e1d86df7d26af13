#include "rbm_training/task.hpp"

#include <cmath>
#include <fstream>
#include <iomanip>
#include <numeric>
#include <sstream>
#include <stdexcept>

#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/rbm/monitor.hpp>
#include <pstar/rbm/pseudo_likelihood.hpp>
#include <pstar/rbm/visible_rows.hpp>

#include "harness/python.hpp"
#include "rbm_training/machine.hpp"

namespace bench {

namespace {

constexpr std::size_t images = 10'000, compared_steps = 300, judged = 500, many_sweeps = 10;
constexpr double least_of_sklearn = 2, least_of_transform = 1.5, most_of_products = 1.25, most_of_many_products = 1.3;
/// After three passes the pseudo-likelihoods of RBMs of one learner differ by up to 5% on MNIST, by their random
/// numbers alone.
constexpr double measure_bound = 0.08;
/// Features from the same parameters: inputs are sums of 784 products in another order.
constexpr double feature_bound = 1e-5;

/// What a peer has learnt, and its features of all rows.
struct Learnt {
    pstar::Rbm<float> rbm;
    pstar::Matrix<float> features;
};
Learnt read_learnt(const std::filesystem::path& path, std::size_t visible, const std::string& by) {
    Learnt learnt{pstar::Rbm<float>(visible, rbm_components), {}};
    pstar::Matrix<float> components(rbm_components, static_cast<Eigen::Index>(visible));
    learnt.features.resize(images, rbm_components);
    std::ifstream file(path, std::ios::binary);
    const auto read = [&](float* to, Eigen::Index count) {
        if (!file.read(reinterpret_cast<char*>(to), count * std::streamsize{sizeof(float)}))
            throw std::runtime_error(by + " wrote too few numbers");
    };
    read(components.data(), components.size());
    read(learnt.rbm.hidden_bias.data(), rbm_components);
    read(learnt.rbm.visible_bias.data(), static_cast<Eigen::Index>(visible));
    read(learnt.features.data(), learnt.features.size());
    learnt.rbm.weights = components.transpose();
    return learnt;
}

struct Measures {
    double pseudo_likelihood, reconstruction_error;
};
Measures measures_of(const pstar::Rbm<float>& rbm, const pstar::Matrix<float>& rows) {
    const pstar::Matrix<float> some = rows.topRows(judged);
    const auto values = pstar::pseudo_log_likelihoods(rbm, some);
    return {std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(judged),
            pstar::reconstruction_error(rbm, some, pstar::Seed{1})};
}

/// A peer, and its method that learns by PCD-1.
struct Peer {
    std::string name;
    PythonContender& contender;
    const char* pcd1;
    bool there() const { return contender.missing().empty(); }
};

/// Both learn by PCD-1 for three passes from weights of the same distribution, then are judged by the same measures;
/// from the same parameters, features are the same. Returns a remark.
std::string check(const Peer& peer, const Setting& setting, const pstar::Matrix<float>& rows) {
    const auto path = setting.scratch / "learnt.f32";
    const auto ours = pstar_machine(rows, true);
    ours->run(compared_steps);
    peer.contender.call(peer.pcd1, {{"repeats", compared_steps}});
    peer.contender.call("save", {{"path", path.string()}});
    const auto theirs = read_learnt(path, static_cast<std::size_t>(rows.cols()), peer.name);
    const auto a = measures_of(ours->rbm(), rows), b = measures_of(theirs.rbm, rows);
    require_agreement(peer.name + "'s pseudo-likelihood over ours", b.pseudo_likelihood / a.pseudo_likelihood, 1,
                      measure_bound);
    require_agreement(peer.name + "'s reconstruction error over ours", b.reconstruction_error / a.reconstruction_error,
                      1, measure_bound);
    const auto difference =
        static_cast<double>((pstar::hidden_probabilities(theirs.rbm, rows) - theirs.features).cwiseAbs().maxCoeff());
    require_agreement(peer.name + "'s features, largest difference", difference, 0, feature_bound);
    std::ostringstream text;
    text << std::setprecision(4) << "Before the measurement, three passes of PCD-1 gave a log-pseudo-likelihood of "
         << a.pseudo_likelihood << " nats (" << peer.name << " " << b.pseudo_likelihood
         << ") and a reconstruction error of " << a.reconstruction_error << " (" << b.reconstruction_error
         << "); features from the same parameters differed by at most " << std::setprecision(1) << std::scientific
         << difference;
    return text.str();
}

/// Writes the rows to files, and says what and where they are.
nlohmann::json share(const Setting& setting, const pstar::Matrix<float>& rows, const pstar::Matrix<float>& noisy_rows) {
    const auto written = [&](const char* name, const pstar::Matrix<float>& values) {
        const auto path = setting.scratch / name;
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(values.data()), values.size() * std::streamsize{sizeof(float)});
        return path.string();
    };
    return {{"rows", written("rows.f32", rows)},
            {"noisy_rows", written("noisy_rows.f32", noisy_rows)},
            {"count", rows.rows()},
            {"visible", rows.cols()},
            {"components", rbm_components},
            {"batch", rbm_batch},
            {"learning_rate", rbm_learning_rate}};
}

Contender timed(std::string name, Role role, std::function<void(std::size_t)> work, std::optional<double> target = {}) {
    return {std::move(name), role,
            [work = std::move(work)](std::size_t repeats) { return time_of([&] { work(repeats); }); }, target};
}

}  // namespace

Result rbm_training_task(const Setting& setting) {
    const auto [all, source] = load_images(setting);
    const auto data = pstar::take(all, images);
    const auto rows = pstar::visible_rows<float>(pstar::ImageSource<pstar::Identity>(data, {}, pstar::Seed{}));
    const auto noisy_rows =
        pstar::visible_rows<float>(pstar::ImageSource(data, pstar::Replacement{.p = 0.5}, pstar::Seed{}));
    Result result{{"unit", "samples/s"}, {"scale", 1}, {"data", source}, {"cases", nlohmann::json::array()}};
    PythonContender sklearn(setting, "rbm_training/sklearn_rbm.py"), torch(setting, "rbm_training/pytorch.py");
    result["remarks"] = nlohmann::json::array({sklearn.description("scikit-learn"), torch.description("PyTorch")});
    const auto shared = share(setting, rows, noisy_rows);
    for (const auto& peer : {Peer{"scikit-learn", sklearn, "run"}, Peer{"PyTorch", torch, "pcd1"}}) {
        if (!peer.there()) continue;
        peer.contender.call("prepare", shared);
        result["remarks"].push_back(check(peer, setting, rows));
    }
    struct Learner {
        const char *name, *by_torch;
        std::size_t sweeps;
        bool persistent;
        double most_of_products;
    };
    for (const auto& learner :
         {Learner{"CD-1", "cd1", 1, false, most_of_products}, Learner{"PCD-1", "pcd1", 1, true, most_of_products},
          Learner{"PCD-10", "pcd10", many_sweeps, true, most_of_many_products}}) {
        const auto ours = pstar_machine(rows, learner.persistent, rbm_components, learner.sweeps);
        Case training{std::string(learner.name) + ", 256 hidden units, batches of 100",
                      rbm_batch,
                      {timed("pstar", Role::ours, [&](std::size_t steps) { ours->run(steps); })}};
        if (learner.sweeps == 1)
            training.contenders.push_back(sklearn.timed("scikit-learn (PCD-1)", "run", least_of_sklearn));
        training.contenders.push_back(torch.timed("PyTorch, a loop by hand", learner.by_torch));
        training.contenders.push_back(
            timed("the " + std::to_string(2 * learner.sweeps + 3) + " matrix products by the BLAS", Role::limit,
                  machine_products(static_cast<std::size_t>(rows.cols()), learner.sweeps), learner.most_of_products));
        add_case(result, setting, training, 0.2);
    }
    const auto learnt = pstar_machine(rows, false);
    float sink = 0;  // takes what is computed, so that the compiler leaves nothing out
    const auto add_features = [&](const std::string& which, const pstar::Matrix<float>& of, const char* method) {
        Case features{"features of 10,000 images" + which, images, {}};
        features.contenders.push_back(timed("pstar", Role::ours, [&](std::size_t repeats) {
            for (std::size_t r = 0; r < repeats; ++r) sink += pstar::hidden_probabilities(learnt->rbm(), of)(0, 0);
        }));
        features.contenders.push_back(sklearn.timed("scikit-learn", method, least_of_transform));
        features.contenders.push_back(torch.timed("PyTorch", method));
        features.contenders.push_back(timed("their matrix product by the BLAS", Role::limit, feature_product(of)));
        add_case(result, setting, features, 0.2);
    };
    add_features("", rows, "transform");
    add_features(", half of the pixels noise", noisy_rows, "transform_noisy");
    return result;
}

}  // namespace bench
