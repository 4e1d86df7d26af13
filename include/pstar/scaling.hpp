#pragma once

/// Curves of plain numbers: sigmoid fits with intervals, trends with size, spread across seeds. Knows nothing of
/// networks.

#include <pstar/scaling/curve_bootstrap.hpp>
#include <pstar/scaling/curve_checks.hpp>
#include <pstar/scaling/curve_fit.hpp>
#include <pstar/scaling/curve_points.hpp>
#include <pstar/scaling/curve_search.hpp>
#include <pstar/scaling/curve_status.hpp>
#include <pstar/scaling/distributions.hpp>
#include <pstar/scaling/estimate.hpp>
#include <pstar/scaling/logistic.hpp>
#include <pstar/scaling/sigmoid_fit.hpp>
#include <pstar/scaling/spread.hpp>
#include <pstar/scaling/trend.hpp>
