#pragma once

/// All of pstar. One layer alone: `<pstar/data.hpp>`, `<pstar/scaling.hpp>`, ...; one concept alone:
/// `<pstar/data/idx.hpp>`, ...

#include <pstar/autodiff.hpp>
#include <pstar/bayes.hpp>
#include <pstar/core.hpp>
#include <pstar/corruption.hpp>
#include <pstar/data.hpp>
#include <pstar/experiment.hpp>
#include <pstar/io.hpp>
#include <pstar/margin.hpp>
#include <pstar/nn.hpp>
#include <pstar/ntk.hpp>
#include <pstar/rbm.hpp>
#include <pstar/report.hpp>
#include <pstar/scaling.hpp>
#include <pstar/softmax.hpp>
#include <pstar/spectrum.hpp>
#include <pstar/statistics.hpp>
#include <pstar/sweep.hpp>
#include <pstar/version.hpp>
