#include "margin_gradients/task.hpp"

#include <array>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <stdexcept>

#include <pstar/core/tensor.hpp>
#include <pstar/data/subset.hpp>

#include "harness/python.hpp"
#include "margin_gradients/gradients.hpp"

namespace bench {

namespace {

constexpr std::size_t images = 10'000, width = 256, batch = 1000, compared = 2000;
constexpr double most_of_products = 1.3, least_of_pytorch = 1;
/// Sums in another order differ by 1e-7; a ReLU whose input is zero within rounding may tip to either side and change
/// one image's gradient by a few percent, one in 2,000 images by 1e-3 of all together.
constexpr double bound = 2e-3;

std::vector<float> read_floats(const std::filesystem::path& path, std::size_t count) {
    std::vector<float> values(count);
    std::ifstream file(path, std::ios::binary);
    const auto bytes = static_cast<std::streamsize>(count * sizeof(float));
    if (!file.read(reinterpret_cast<char*>(values.data()), bytes) || file.peek() != std::ifstream::traits_type::eof())
        throw std::runtime_error("pytorch.py wrote another number of gradients than pstar has");
    return values;
}

/// The same weights, the same images: how far all gradients together are from PyTorch's, relative.
double check(PythonContender& torch, const Setting& setting, Margins& ours) {
    const auto path = setting.scratch / "gradients.f32";
    const auto mine = ours.first_gradients(compared);
    torch.call("first_gradients", {{"count", compared}, {"path", path.string()}});
    const auto other = read_floats(path, mine.size());
    const pstar::ConstVectorMap<float> g(mine.data(), std::ssize(mine)), h(other.data(), std::ssize(other));
    const auto difference = static_cast<double>((g - h).norm() / g.norm());
    require_agreement("PyTorch's gradients, relative difference", difference, 0, bound);
    return difference;
}

std::string remark(double difference) {
    std::ostringstream text;
    text << std::setprecision(1) << std::scientific << "Before the measurement, the gradients of " << compared
         << " images differed from PyTorch's by " << difference << " (relative)";
    return text.str();
}

}  // namespace

Result margin_gradients_task(const Setting& setting) {
    const auto [all, source] = load_images(setting);
    const auto data = pstar::take(all, images);
    Result result{{"unit", "images/s"}, {"scale", 1}, {"data", source}, {"cases", nlohmann::json::array()}};
    PythonContender torch(setting, "margin_gradients/pytorch.py");
    result["remarks"] = nlohmann::json::array({torch.description("PyTorch")});

    const auto ours = pstar_margins(data, width);
    const std::array<std::size_t, 4> widths{data.pixels(), width, width, data.classes};
    const auto products = gradient_products(widths, images, batch);
    const auto timed = [](auto work) {
        return [work](std::size_t repeats) {
            return time_of([&] {
                for (std::size_t r = 0; r < repeats; ++r) work();
            });
        };
    };
    const auto gradients = timed([&] { ours->gradients(); });
    const Contender bare{"the matrix products by the BLAS", Role::limit, timed([&] { products(1); }), most_of_products};
    Case alone{"gradients, width 256", images, {{"pstar", Role::ours, gradients}, bare}};
    if (torch.missing().empty()) {
        const auto checkpoint = setting.scratch / "margins.safetensors";
        ours->save(checkpoint);
        auto shared = share_images(setting, all);
        shared.update({{"classes", data.classes},
                       {"width", width},
                       {"batch", batch},
                       {"first", images},
                       {"checkpoint", checkpoint.string()}});
        torch.call("prepare", shared);
        result["remarks"].push_back(remark(check(torch, setting, *ours)));
    }
    alone.contenders.push_back(torch.timed("PyTorch, batches of 1,000", "run", least_of_pytorch));
    add_case(result, setting, alone, 0.2);
    const auto report = timed([&] { ours->report(); });
    add_case(result, setting, {"margin_report, width 256", images, {{"pstar", Role::ours, report}, bare}}, 0.2);
    const auto forward = timed([&] { ours->forward(); });
    const auto gradient_parts = [&, classes = static_cast<double>(data.classes)](std::size_t repeats) {
        const double once = forward(repeats);
        return once + classes * (report(repeats) - once);
    };
    add_case(result, setting,
             {"runner_up_report, width 256",
              images,
              {{"pstar", Role::ours, timed([&] { ours->all_runner_ups(); })},
               {"one forward pass, ten times the rest of margin_report", Role::limit, gradient_parts, 1}}},
             0.2);
    return result;
}

}  // namespace bench
