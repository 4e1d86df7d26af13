#pragma once

/// Margins, their sensitivity to the input, and how corruption moves them: which images fail, predicted and measured.

#include <pstar/margin/calibration.hpp>
#include <pstar/margin/criterion.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/gradient_by_value.hpp>
#include <pstar/margin/image_bootstrap.hpp>
#include <pstar/margin/linearisation.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/margin/orthant.hpp>
#include <pstar/margin/pixel_moments.hpp>
#include <pstar/margin/prediction_score.hpp>
#include <pstar/margin/proportion.hpp>
#include <pstar/margin/rival_gradients.hpp>
#include <pstar/margin/rivals.hpp>
#include <pstar/margin/score_report.hpp>
#include <pstar/margin/snr.hpp>
