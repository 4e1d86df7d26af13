#include "corruption/task.hpp"

#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <vector>

#include <pstar/nn/train.hpp>

#include "corruption/corruptor.hpp"
#include "harness/python.hpp"

namespace bench {

namespace {

constexpr std::size_t batch_size = 128;
constexpr std::uint32_t check_rounds = 20;

// The required rate depends on the vector instructions that this program was compiled for.
#if defined(__AVX512F__)
constexpr double required_rate = 1.0e9;
#else
constexpr double required_rate = 0.5e9;
#endif
// The ratio is asked of the widest vectors the processor has, not of the second program that does without some.
#if defined(PSTAR_NARROWER_THAN_MACHINE)
constexpr std::optional<double> required_ratio;
#else
constexpr std::optional<double> required_ratio = 15;
#endif

struct Named {
    std::string name, channel;  ///< for people, for pytorch.py
    Corruption corruption;
    bool promised = false;  ///< the required rate and ratio are of this one, on a batch that is there already
};

std::vector<Named> corruptions() {
    return {{"replacement, p = 0.1", "replacement", pstar::Replacement{0.1}, true},
            {"replacement, p = 0.5", "replacement", pstar::Replacement{0.5}, true},
            {"replacement, p = 0.9", "replacement", pstar::Replacement{0.9}, true},
            {"binary replacement, p = 0.5", "binary", pstar::BinaryReplacement{0.5}},
            {"additive, sigma = 0.5", "additive", pstar::Additive{0.5}}};
}

/// Sums of x' and (x' - x)^2 over pixels, and of their squares.
struct Moments {
    double count = 0, sum = 0, sum_squares = 0, change = 0, change_squares = 0;

    void add(double x, double corrupted) {
        const double square = (corrupted - x) * (corrupted - x);
        ++count;
        sum += corrupted;
        sum_squares += corrupted * corrupted;
        change += square;
        change_squares += square * square;
    }
};

/// The means of x' and of (x' - x)^2 agree with the channel's closed forms to 5 standard errors (about 2 million
/// pixels).
void check_moments(const std::string& contender, const Named& named, const pstar::Dataset& data,
                   std::span<const std::uint32_t> indices, std::span<const float> corrupted) {
    const auto pixels = data.pixels();
    Moments found;
    double mean = 0, change = 0;
    for (std::size_t k = 0; k < corrupted.size(); ++k) {
        const double x = data.image(indices[k / pixels % indices.size()])[k % pixels] / 255.0;
        found.add(x, static_cast<double>(corrupted[k]));
        const auto [m, v] = std::visit(
            [x](const auto& c) {
                return std::pair{c.mean(x), c.variance(x)};
            },
            named.corruption);
        mean += m;
        change += v + (m - x) * (m - x);
    }
    const auto bound = [&](double sum, double squares) {
        return 5 * std::sqrt((squares / found.count - std::pow(sum / found.count, 2)) / found.count);
    };
    const auto what = named.name + " by " + contender;
    require_agreement("mean of " + what, found.sum / found.count, mean / found.count,
                      bound(found.sum, found.sum_squares));
    require_agreement("mean squared change of " + what, found.change / found.count, change / found.count,
                      bound(found.change, found.change_squares));
}

std::vector<float> sample(Corruptor& corruptor, std::span<const std::uint32_t> indices) {
    std::vector<float> result;
    for (std::uint32_t round = 0; round < check_rounds; ++round) {
        const auto batch = corruptor.corrupt(indices, round);
        result.insert(result.end(), batch.begin(), batch.end());
    }
    return result;
}

std::vector<float> sample(PythonContender& python, const Setting& setting, std::span<const std::uint32_t> indices,
                          std::size_t pixels) {
    const auto path = setting.scratch / "corrupted.f32";
    python.call("sample", {{"indices", indices}, {"rounds", check_rounds}, {"file", path.string()}});
    std::vector<float> result(check_rounds * indices.size() * pixels);
    const auto bytes = static_cast<std::streamsize>(result.size() * sizeof(float));
    std::ifstream file(path, std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(result.data()), bytes) || file.peek() != std::ifstream::traits_type::eof())
        throw std::runtime_error("pytorch.py wrote another number of pixels than it was asked for");
    return result;
}

/// Batch after batch in a random order, as in training.
Contender timed(std::string name, Role role, Corruptor& corruptor, std::span<const std::uint32_t> order,
                std::optional<double> target = {}) {
    const auto seconds = [&corruptor, order, first = std::size_t{0}, round = 0U](std::size_t repeats) mutable {
        return time_of([&] {
            for (std::size_t r = 0; r < repeats; ++r, first += batch_size) {
                if (first + batch_size > order.size()) first = 0, ++round;
                corruptor.corrupt(order.subspan(first, batch_size), round);
            }
        });
    };
    return {std::move(name), role, seconds, target};
}

}  // namespace

Result corruption_task(const Setting& setting) {
    const auto [data, source] = load_images(setting);
    std::vector<std::uint32_t> order(data.size());
    pstar::epoch_order(pstar::Seed{1}, 0, order);
    const std::span<const std::uint32_t> first_batch(order.data(), batch_size);

    PythonContender torch(setting, "corruption/pytorch.py");
    auto shared = share_images(setting, data);
    Result result{{"unit", "Gpixel/s"}, {"scale", 1e9}, {"data", source}, {"cases", nlohmann::json::array()}};
    result["remarks"] = nlohmann::json::array({torch.description("PyTorch")});

    for (const auto& named : corruptions()) {
        const auto ours = pstar_corruptor(data, named.corruption), naive = naive_corruptor(data, named.corruption),
                   no_noise = no_noise_corruptor(data), words = random_words_corruptor(data);
        check_moments("pstar", named, data, first_batch, sample(*ours, first_batch));
        check_moments("naive", named, data, first_batch, sample(*naive, first_batch));

        if (torch.missing().empty()) {
            shared["batch"] = batch_size;
            shared["channel"] = named.channel;
            shared["strength"] = std::visit([](const auto& c) { return c.strength(); }, named.corruption);
            torch.call("prepare", shared);
            check_moments("PyTorch", named, data, first_batch, sample(torch, setting, first_batch, data.pixels()));
        }
        const auto pixels = static_cast<double>(batch_size * data.pixels());
        const auto target = [&](std::optional<double> value) { return named.promised ? value : std::nullopt; };

        Case one_batch{named.name + ", one batch", pixels, {}};
        one_batch.contenders.push_back(
            timed("pstar, from bytes", Role::ours, *ours, first_batch, target(required_rate)));
        one_batch.contenders.push_back(torch.timed("PyTorch, from floats", "from_floats", target(required_ratio)));
        one_batch.contenders.push_back(timed("naive C++", Role::peer, *naive, first_batch));
        one_batch.contenders.push_back(timed("the random words alone", Role::limit, *words, first_batch));
        add_case(result, setting, one_batch, 0.06);

        Case gathered{named.name + ", batches gathered", pixels, {}};
        gathered.contenders.push_back(timed("pstar", Role::ours, *ours, order));
        gathered.contenders.push_back(torch.timed("PyTorch", "from_bytes"));
        gathered.contenders.push_back(timed("the pass without noise", Role::limit, *no_noise, order));
        add_case(result, setting, gathered, 0.06);
    }
    return result;
}

}  // namespace bench
