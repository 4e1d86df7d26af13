#pragma once

/// Estimates with intervals, and where they come from: moments, quantiles, proportions, bootstraps, distributions,
/// scores of predictions.

#include <pstar/statistics/agreement.hpp>
#include <pstar/statistics/bootstrap.hpp>
#include <pstar/statistics/bootstrap_interval.hpp>
#include <pstar/statistics/calibration.hpp>
#include <pstar/statistics/correlation.hpp>
#include <pstar/statistics/distributions.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/image_bootstrap.hpp>
#include <pstar/statistics/mean_interval.hpp>
#include <pstar/statistics/moments.hpp>
#include <pstar/statistics/orthant.hpp>
#include <pstar/statistics/prediction_score.hpp>
#include <pstar/statistics/proportion.hpp>
#include <pstar/statistics/quantile.hpp>
#include <pstar/statistics/variance_components.hpp>
