#pragma once

/// What could be known of a corrupted image: the exact posterior over a library, the limit that a channel sets to every
/// classifier, its information, and the nearest class mean.

#include <pstar/bayes/channel_information.hpp>
#include <pstar/bayes/channel_limit.hpp>
#include <pstar/bayes/channel_posterior.hpp>
#include <pstar/bayes/nearest_class_mean.hpp>
#include <pstar/bayes/nearest_class_mean_accuracy.hpp>
