#include "ntk/task.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <pstar/data/subset.hpp>

#include "harness/python.hpp"
#include "ntk/kernels.hpp"

namespace bench {

namespace {

constexpr std::size_t width = 256, channels = 8, images = 256, many_images = 2000, fewer_images = 500, compared = 12;
constexpr double most_of_products = 3, mlp_of_pytorch = 200, cnn_of_pytorch = 40, kernels_per_second = 0.5;
/// Sums in another order differ by 1e-6; a ReLU whose input is zero within rounding may tip to either side.
constexpr double bound = 1e-4;

std::vector<float> read_floats(const std::filesystem::path& path, std::size_t count) {
    std::vector<float> values(count);
    std::ifstream file(path, std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(count * sizeof(float))))
        throw std::runtime_error("pytorch.py wrote fewer elements than pstar's kernel has");
    return values;
}

template <class T, class U>
double relative_difference(const std::vector<T>& a, const std::vector<U>& b) {
    double square = 0, all = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
        square += d * d, all += static_cast<double>(b[i]) * static_cast<double>(b[i]);
    }
    return std::sqrt(square / all);
}

/// What both contenders compute from the same weights.
class Comparison {
public:
    Comparison(const Setting& setting, PythonContender& torch, Result& result)
        : setting_(setting), torch_(torch), result_(result) {}

    void check(const std::string& name, std::size_t size, Kernels& ours) {
        const auto exact = ours.full_elements(compared, true), fast = ours.full_elements(compared, false);
        const double rounding = relative_difference(fast, exact);
        require_agreement(name + ", products in float and in double, relative difference", rounding, 0, bound);
        remark(name + "'s kernel of " + std::to_string(compared) + " images differs by", rounding,
               "between products in float and in double");
        if (!torch_.missing().empty()) return;
        const auto checkpoint = setting_.scratch / (name + ".safetensors"), path = setting_.scratch / (name + ".f32");
        ours.save(checkpoint);
        torch_.call("add", {{"name", name}, {"checkpoint", checkpoint.string()}, {"width", size}});
        for (const auto& [way, title] :
             {std::pair{"by_functorch", "functorch"}, {"by_layers", "PyTorch, by layers,"}}) {
            torch_.call("write_kernel", {{"way", way}, {"name", name}, {"count", compared}, {"path", path.string()}});
            const double difference = relative_difference(read_floats(path, exact.size()), exact);
            require_agreement(name + "'s kernel by " + title + " relative difference", difference, 0, bound);
            remark(std::string(title) + " differs from the latter by", difference, "(Frobenius norms, relative)");
        }
    }
    /// Ours against PyTorch. functorch's kernels take half a minute to one: few rounds, or fewer images.
    void against_pytorch(const std::string& name, const std::string& title, Kernels& ours, double target) {
        if (setting_.only_check) return;
        const auto timed = [&](const std::string& against, std::size_t count, Contender peer) {
            if (torch_.missing().empty()) torch_.call("select", {{"name", name}, {"count", count}});
            const auto full = [&ours, count](bool in_double) {
                return [&ours, count, in_double](std::size_t repeats) {
                    return time_of([&] {
                        for (std::size_t r = 0; r < repeats; ++r) ours.full(count, in_double);
                    });
                };
            };
            const Case task{title + ", N = " + std::to_string(count) + ", against " + against,
                            1,
                            {{"pstar", Role::ours, full(true)},
                             {"pstar, products in float", Role::peer, full(false)},
                             std::move(peer)}};
            add_case(result_, setting_, task, 0.3);
        };
        timed("functorch", setting_.brief() ? images / 8 : images,
              torch_.timed("PyTorch's functorch", "run_functorch",
                           setting_.brief() ? std::nullopt : std::optional(target)));
        timed("PyTorch by layers", images, torch_.timed("PyTorch, layer by layer by hand", "run_layers"));
    }

private:
    void remark(const std::string& before, double value, const std::string& after) {
        std::ostringstream text;
        text << before << " " << std::setprecision(1) << std::scientific << value << " " << after;
        result_["remarks"].push_back(text.str());
    }
    const Setting& setting_;
    PythonContender& torch_;
    Result& result_;
};

}  // namespace

Result ntk_task(const Setting& setting) {
    const auto [all, source] = load_images(setting);
    const auto data = pstar::take(all, many_images);
    Result result{{"unit", "kernels/s"}, {"scale", 1}, {"data", source}, {"cases", nlohmann::json::array()}};
    PythonContender torch(setting, "ntk/pytorch.py");
    result["remarks"] = nlohmann::json::array({torch.description("PyTorch")});
    if (torch.missing().empty()) {
        auto shared = share_images(setting, all);
        shared["kept"] = images;
        torch.call("prepare", shared);
    }
    const auto mlp = pstar_mlp_kernels(data, width), cnn = pstar_cnn_kernels(data, channels);
    Comparison comparison(setting, torch, result);
    comparison.check("mlp", width, *mlp);
    comparison.check("cnn", channels, *cnn);

    const auto timed = [](auto work) {
        return [work](std::size_t repeats) {
            return time_of([&] {
                for (std::size_t r = 0; r < repeats; ++r) work();
            });
        };
    };
    const std::array<std::size_t, 4> widths{data.pixels(), width, width, data.classes};
    std::ostringstream count;
    count << "The MLP's full kernel of " << images << " images takes " << std::setprecision(3)
          << kernel_operations(widths, images) * 1e-9 << " GFLOP in matrix products, half of the pairs alone";
    result["remarks"].push_back(count.str());
    for (const bool in_double : {true, false}) {
        const std::string in = in_double ? "double" : "float";
        const Contender bare{"its matrix products by the BLAS, in " + in, Role::limit,
                             timed(kernel_products(widths, images, in_double)), most_of_products};
        add_case(result, setting,
                 {"MLP, N = 256, full, products in " + in,
                  1,
                  {{"pstar", Role::ours, timed([&, in_double] { mlp->full(images, in_double); })}, bare}},
                 0.3);
    }
    const std::size_t many = setting.quick ? fewer_images : many_images;
    add_case(result, setting,
             {"MLP, N = " + std::to_string(many) + ", true class, with eigenvalues",
              1,
              {{"pstar", Role::ours, timed([&] { mlp->true_class_spectrum(many); }),
                setting.quick ? std::nullopt : std::optional(kernels_per_second)}}},
             0.3);
    comparison.against_pytorch("mlp", "MLP, full", *mlp, mlp_of_pytorch);
    comparison.against_pytorch("cnn", "CNN with 8 channels, full", *cnn, cnn_of_pytorch);
    return result;
}

}  // namespace bench
