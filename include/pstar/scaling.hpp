#pragma once

/// From curves A(p) to p*, its slope and their intervals; takes plain arrays.

#include <pstar/scaling/collapse/bootstrap.hpp>
#include <pstar/scaling/collapse/coordinates.hpp>
#include <pstar/scaling/collapse/evidence.hpp>
#include <pstar/scaling/collapse/fit.hpp>
#include <pstar/scaling/collapse/master_curve.hpp>
#include <pstar/scaling/collapse/noise.hpp>
#include <pstar/scaling/collapse/null.hpp>
#include <pstar/scaling/collapse/prediction.hpp>
#include <pstar/scaling/collapse/proxy.hpp>
#include <pstar/scaling/collapse/quality.hpp>
#include <pstar/scaling/collapse/search.hpp>
#include <pstar/scaling/collapse/size_curves.hpp>
#include <pstar/scaling/collapse/status.hpp>
#include <pstar/scaling/curve/bootstrap.hpp>
#include <pstar/scaling/curve/count_likelihood.hpp>
#include <pstar/scaling/curve/descent.hpp>
#include <pstar/scaling/curve/fit.hpp>
#include <pstar/scaling/curve/fit_options.hpp>
#include <pstar/scaling/curve/midpoint_difference.hpp>
#include <pstar/scaling/curve/points.hpp>
#include <pstar/scaling/curve/profile.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/scaling/curve/runs.hpp>
#include <pstar/scaling/curve/search.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>
#include <pstar/scaling/curve/spread.hpp>
#include <pstar/scaling/curve/status.hpp>
#include <pstar/scaling/power_law.hpp>
#include <pstar/scaling/trend.hpp>
