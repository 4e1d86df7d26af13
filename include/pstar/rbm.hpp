#pragma once

/// Restricted Boltzmann machines: contrastive divergence, how well it has learnt, and its features in a
/// classifier.

#include <pstar/rbm/ais.hpp>
#include <pstar/rbm/contrastive_divergence.hpp>
#include <pstar/rbm/diagnostics.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/independent_model.hpp>
#include <pstar/rbm/log_partition.hpp>
#include <pstar/rbm/monitor.hpp>
#include <pstar/rbm/pseudo_likelihood.hpp>
#include <pstar/rbm/rbm.hpp>
#include <pstar/rbm/rbm_classifier.hpp>
#include <pstar/rbm/tempered_chains.hpp>
#include <pstar/rbm/train_rbm.hpp>
#include <pstar/rbm/trajectory.hpp>
#include <pstar/rbm/trajectory_tempering.hpp>
#include <pstar/rbm/units.hpp>
#include <pstar/rbm/visible_rows.hpp>
#include <pstar/rbm/visible_units.hpp>
