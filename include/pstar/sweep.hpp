#pragma once

/// A grid of runs, the journal that survives crashes, and the executors that work it off.

#include <pstar/sweep/executor.hpp>
#include <pstar/sweep/grid.hpp>
#include <pstar/sweep/host.hpp>
#include <pstar/sweep/journal.hpp>
#include <pstar/sweep/journal_files.hpp>
#include <pstar/sweep/journal_lines.hpp>
#include <pstar/sweep/journal_table.hpp>
#include <pstar/sweep/merge_journals.hpp>
#include <pstar/sweep/outcome.hpp>
#include <pstar/sweep/process.hpp>
#include <pstar/sweep/repeats.hpp>
#include <pstar/sweep/run_folder.hpp>
#include <pstar/sweep/run_store.hpp>
#include <pstar/sweep/schedule.hpp>
#include <pstar/sweep/sweep.hpp>
