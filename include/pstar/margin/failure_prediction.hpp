#pragma once

#include <vector>

namespace pstar {

/// For every image of a data set, in its order, the probability that a network misclassifies it when it is corrupted,
/// as one way to predict it says.
struct FailurePrediction {
    double strength = 0;  ///< of the channel
    std::vector<double> probability = {};

    /// The accuracy through the channel that is predicted: the mean of 1 - P(failure).
    double predicted_accuracy() const {
        double sum = 0;
        for (const double p : probability) sum += 1 - p;
        return probability.empty() ? 0 : sum / static_cast<double>(probability.size());
    }
    /// Adds the images of another prediction on the same channel.
    void append(const FailurePrediction& other) {
        probability.insert(probability.end(), other.probability.begin(), other.probability.end());
    }
};

}  // namespace pstar
