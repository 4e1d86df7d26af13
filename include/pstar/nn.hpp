#pragma once

/// Networks: layers, activations, initialisation, losses, optimisers, training, accuracy.

#include <pstar/nn/any_network.hpp>
#include <pstar/nn/check_network_laws.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/initialise.hpp>
#include <pstar/nn/layer.hpp>
#include <pstar/nn/layers.hpp>
#include <pstar/nn/loss.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/named_loss.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/optimizer.hpp>
#include <pstar/nn/optimizer_state.hpp>
#include <pstar/nn/parameters.hpp>
#include <pstar/nn/sequential.hpp>
#include <pstar/nn/standardised.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/nn/train_history.hpp>
#include <pstar/nn/train_options.hpp>
#include <pstar/nn/trainer.hpp>
#include <pstar/nn/training_checkpoint.hpp>
#include <pstar/nn/training_keeper.hpp>
#include <pstar/nn/update_rule.hpp>
