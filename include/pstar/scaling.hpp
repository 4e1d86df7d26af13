#pragma once

/// From curves A(p) to p*, its slope and their intervals; takes plain arrays.

#include <pstar/scaling/count_likelihood.hpp>
#include <pstar/scaling/curve_bootstrap.hpp>
#include <pstar/scaling/curve_checks.hpp>
#include <pstar/scaling/curve_fit.hpp>
#include <pstar/scaling/curve_points.hpp>
#include <pstar/scaling/curve_profile.hpp>
#include <pstar/scaling/curve_quantity.hpp>
#include <pstar/scaling/curve_search.hpp>
#include <pstar/scaling/curve_status.hpp>
#include <pstar/scaling/distributions.hpp>
#include <pstar/scaling/estimate.hpp>
#include <pstar/scaling/measured_curve.hpp>
#include <pstar/scaling/midpoint_difference.hpp>
#include <pstar/scaling/quantile.hpp>
#include <pstar/scaling/sigmoid_curve.hpp>
#include <pstar/scaling/sigmoid_fit.hpp>
#include <pstar/scaling/sigmoid_options.hpp>
#include <pstar/scaling/spread.hpp>
#include <pstar/scaling/trend.hpp>
