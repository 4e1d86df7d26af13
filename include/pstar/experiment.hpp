#pragma once

/// What a run of an accuracy study is: models, corruptions, settings, results, costs and tables.

#include <pstar/experiment/accuracy_summary.hpp>
#include <pstar/experiment/accuracy_sweep.hpp>
#include <pstar/experiment/accuracy_tables.hpp>
#include <pstar/experiment/analysis/accuracy_curve.hpp>
#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/analysis/curve_table.hpp>
#include <pstar/experiment/analysis/equal_parameters.hpp>
#include <pstar/experiment/analysis/fit_tables.hpp>
#include <pstar/experiment/analysis/model_ranking.hpp>
#include <pstar/experiment/analysis/paired_differences.hpp>
#include <pstar/experiment/analysis/running_midpoint.hpp>
#include <pstar/experiment/analysis/scaling_tables.hpp>
#include <pstar/experiment/analysis/size_trends.hpp>
#include <pstar/experiment/analysis/spectra.hpp>
#include <pstar/experiment/analysis/spectra_curves.hpp>
#include <pstar/experiment/analysis/spectra_tables.hpp>
#include <pstar/experiment/analysis/spectra_trend.hpp>
#include <pstar/experiment/corruption_mode.hpp>
#include <pstar/experiment/kernel_probe.hpp>
#include <pstar/experiment/model.hpp>
#include <pstar/experiment/model_spec.hpp>
#include <pstar/experiment/network_kind.hpp>
#include <pstar/experiment/ntk_model.hpp>
#include <pstar/experiment/rbm_model.hpp>
#include <pstar/experiment/registration.hpp>
#include <pstar/experiment/registry.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/run_cost.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/experiment/settings_words.hpp>
#include <pstar/experiment/tables.hpp>
