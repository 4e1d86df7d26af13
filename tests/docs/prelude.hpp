#pragma once

// What the fragments of C++ in README.md and docs/ take as given. They are compiled and never run, so nothing here is
// defined.
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pstar/pstar.hpp>

extern const pstar::TrainTest digits;     // training and test images
extern pstar::Mlp<float> net;             // a network, trained or not
extern const pstar::Replacement channel;  // a corruption

// What a classifier on features learns from: rows of doubles, a label for each.
extern const pstar::Matrix<double> features, test_features;
extern const std::vector<pstar::Label> labels;

// Runs at several sizes.
extern const std::vector<pstar::SizeRuns> runs_of_sizes;

// The body of a sweep: it takes one run of any grid.
struct AnyBody {
    template <class Run>
    double operator()(const Run&) const;
};
extern const AnyBody body;
