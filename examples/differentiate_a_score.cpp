/// Compose a score from primitives, differentiate it both ways: the gradient with respect to an image (reverse mode)
/// and the change along a direction (forward mode).
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/reduce.hpp>
#include <pstar/autodiff/softmax.hpp>
#include <pstar/nn/mlp.hpp>

int main() {
    const auto net = pstar::mlp<double>({784, 32, 10}, pstar::Activation::gelu, pstar::Seed{7});
    std::vector<double> image(784), direction(784);
    pstar::RandomSequence random({pstar::Seed{1}, pstar::Stream::user});
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = random.uniform(), direction[i] = random.normal();
    const std::vector<pstar::Label> label{3};

    // score = log s_y - 1/2 |f|^2 / 10: a class's log probability, less a penalty on the logits.
    pstar::Tape<double> tape;
    const auto x = tape.input({image.data(), {1, 784}});
    const auto logits = net(x);
    const auto score = sum(pick(log_softmax(logits), label)) + -0.05 * sum(logits * logits);

    tape.backward(score);  // reverse mode: d score / d x, all 784 at once
    const auto gradient = tape.gradient(x).elements();
    double along = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) along += gradient[i] * direction[i];

    tape.set_tangent(x, {direction.data(), {1, 784}});
    tape.forward();  // forward mode: the score's derivative along `direction`
    const double tangent = *tape.tangent(score).data;

    std::printf("score                         %.6f\n", score.item());
    std::printf("<gradient, direction>         %.15f   (reverse)\n", along);
    std::printf("d score along the direction   %.15f   (forward)\n", tangent);
    std::printf("they differ by                %.1e\n", std::abs(along - tangent));
    return std::abs(along - tangent) < 1e-12 ? 0 : 1;
}
