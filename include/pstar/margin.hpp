#pragma once

/// Margins, their sensitivity to the input, and how corruption moves them: which images fail, predicted and measured.

#include <pstar/margin/activation_moments.hpp>
#include <pstar/margin/criterion.hpp>
#include <pstar/margin/failure_prediction.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/flip_scores.hpp>
#include <pstar/margin/gradient_by_value.hpp>
#include <pstar/margin/linear_at_mean.hpp>
#include <pstar/margin/linearisation.hpp>
#include <pstar/margin/logit_law.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/margin/max_moments.hpp>
#include <pstar/margin/moment_propagation.hpp>
#include <pstar/margin/predicted_curve.hpp>
#include <pstar/margin/runner_up_gradients.hpp>
#include <pstar/margin/runner_ups.hpp>
#include <pstar/margin/score_report.hpp>
#include <pstar/margin/snr.hpp>
