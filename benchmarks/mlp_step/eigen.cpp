#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "mlp_step/step.hpp"

namespace bench {

namespace {

using Rows = pstar::Matrix<float>;
using Row = Eigen::RowVectorXf;

/// One dense layer y = x W^T + b, its gradients and its velocities.
struct Layer {
    Rows w, dw, vw;  // (out, in)
    Row b, db, vb;
    Rows y, dy;  // (batch, out)

    Layer(const pstar::View<const float>& weight, const pstar::View<const float>& bias)
        : w(pstar::ConstMatrixMap<float>(weight.data, static_cast<Eigen::Index>(weight.shape[0]),
                                         static_cast<Eigen::Index>(weight.shape[1]))),
          vw(Rows::Zero(w.rows(), w.cols())),
          b(Eigen::Map<const Row>(bias.data, w.rows())),
          vb(Row::Zero(w.rows())) {}

    template <class X>
    void forward(const X& x) {
        y.noalias() = x * w.transpose();
        y.rowwise() += b;
    }
    template <class X>
    void backward(const X& x) {
        dw.noalias() = dy.transpose() * x;
        db = dy.colwise().sum();
    }
    void update(const Recipe& recipe) {
        const auto lr = static_cast<float>(recipe.learning_rate), mu = static_cast<float>(recipe.momentum);
        vw = mu * vw + dw;
        vb = mu * vb + db;
        w -= lr * vw;
        b -= lr * vb;
    }
};

class EigenMlp {
public:
    explicit EigenMlp(Start start) : recipe_(start.recipe), batch_(std::move(start.batch)) {
        const auto& parameters = std::as_const(start.net.parameters());
        for (std::size_t i = 0; i < parameters.count(); i += 2) layers_.emplace_back(parameters[i], parameters[i + 1]);
    }

    double step() {
        const auto images = batch_.images();
        const pstar::ConstMatrixMap<float> x(images.data, static_cast<Eigen::Index>(images.shape[0]),
                                             static_cast<Eigen::Index>(images.shape[1]));
        layers_[0].forward(x);
        for (std::size_t l = 1; l < layers_.size(); ++l) {
            auto& below = layers_[l - 1].y;
            below = below.cwiseMax(0.0F);
            layers_[l].forward(below);
        }
        const double loss = cross_entropy(layers_.back());
        for (std::size_t l = layers_.size() - 1; l > 0; --l) {
            auto& below = layers_[l - 1];
            layers_[l].backward(below.y);
            below.dy.noalias() = layers_[l].dy * layers_[l].w;
            below.dy = (below.y.array() > 0).select(below.dy, 0.0F);
        }
        layers_[0].backward(x);
        for (auto& layer : layers_) layer.update(recipe_);
        return loss;
    }

private:
    /// The mean over the batch; the logits' gradient goes into dy.
    double cross_entropy(Layer& last) const {
        auto& p = last.dy;
        p = last.y.colwise() - last.y.rowwise().maxCoeff();
        p = p.array().exp();
        const Eigen::VectorXf sums = p.rowwise().sum();
        p.array().colwise() /= sums.array();
        const auto size = static_cast<float>(p.rows());
        float loss = 0;
        for (Eigen::Index n = 0; n < p.rows(); ++n) {
            auto& right = p(n, batch_.labels()[static_cast<std::size_t>(n)]);
            loss -= std::log(right) / size;
            right -= 1;
        }
        p /= size;
        return static_cast<double>(loss);
    }

    Recipe recipe_;
    pstar::Batch<float> batch_;
    std::vector<Layer> layers_;
};

}  // namespace

Steps eigen_steps(Start start) {
    return [training = std::make_shared<EigenMlp>(std::move(start))](std::size_t count) {
        double loss = 0;
        for (std::size_t i = 0; i < count; ++i) loss = training->step();
        return loss;
    };
}

}  // namespace bench
