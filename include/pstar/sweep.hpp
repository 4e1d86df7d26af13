#pragma once

/// A grid of runs, the journal that survives crashes, and the executors that work it off.

#include <pstar/sweep/accuracy_run.hpp>
#include <pstar/sweep/accuracy_summary.hpp>
#include <pstar/sweep/accuracy_sweep.hpp>
#include <pstar/sweep/accuracy_tables.hpp>
#include <pstar/sweep/calibration.hpp>
#include <pstar/sweep/classical_cost.hpp>
#include <pstar/sweep/corruption_mode.hpp>
#include <pstar/sweep/executor.hpp>
#include <pstar/sweep/grid.hpp>
#include <pstar/sweep/journal.hpp>
#include <pstar/sweep/journal_lines.hpp>
#include <pstar/sweep/kernel_probe.hpp>
#include <pstar/sweep/moments.hpp>
#include <pstar/sweep/network_size.hpp>
#include <pstar/sweep/ntk_cost.hpp>
#include <pstar/sweep/outcome.hpp>
#include <pstar/sweep/probe_kernels.hpp>
#include <pstar/sweep/repeats.hpp>
#include <pstar/sweep/run_accuracy.hpp>
#include <pstar/sweep/run_classical.hpp>
#include <pstar/sweep/run_cost.hpp>
#include <pstar/sweep/run_network.hpp>
#include <pstar/sweep/run_ntk.hpp>
#include <pstar/sweep/schedule.hpp>
#include <pstar/sweep/sweep.hpp>
#include <pstar/sweep/test_scores.hpp>
