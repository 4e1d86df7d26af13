#include "tasks.hpp"

#include <array>
#include <stdexcept>
#include <string>

#include "channel_posterior/task.hpp"
#include "cnn_training/task.hpp"
#include "compile_time/task.hpp"
#include "corruption/task.hpp"
#include "growth/task.hpp"
#include "margin_gradients/task.hpp"
#include "mlp_step/task.hpp"
#include "mlp_training/task.hpp"
#include "ntk/task.hpp"
#include "rbm_training/task.hpp"
#include "softmax_regression/task.hpp"
#include "sweep/task.hpp"

namespace bench {

namespace {

constexpr std::array<Task, 12> tasks{{
    {.name = "corruption", .title = "Corruption", .run = corruption_task, .all_cores = true, .uses_vectors = true},
    {.name = "mlp_training", .title = "Training", .run = mlp_training_task, .all_cores = true, .uses_blas = true},
    {.name = "cnn_training", .title = "Training convolutional networks", .run = cnn_training_task, .all_cores = true},
    {.name = "mlp_step",
     .title = "A training step against its matrix products",
     .run = mlp_step_task,
     .all_cores = true,
     .uses_blas = true},
    {.name = "margin_gradients",
     .title = "Gradients of margins",
     .run = margin_gradients_task,
     .all_cores = true,
     .uses_blas = true},
    {.name = "channel_posterior",
     .title = "Posterior over a library",
     .run = channel_posterior_task,
     .all_cores = true},
    {.name = "ntk", .title = "Tangent kernels", .run = ntk_task, .all_cores = true},
    {.name = "rbm_training", .title = "Restricted Boltzmann machines", .run = rbm_training_task, .all_cores = true},
    {.name = "softmax_regression", .title = "Softmax regression", .run = softmax_regression_task, .all_cores = true},
    {.name = "sweep", .title = "A sweep on all cores", .run = sweep_task, .pinned = false},
    {.name = "growth", .title = "How costs grow", .run = growth_task, .pinned = false, .compares = false},
    {.name = "compile_time", .title = "Compile time", .run = compile_time_task, .compares = false},
}};

}  // namespace

std::span<const Task> all_tasks() {
    return tasks;
}

const Task& task_named(std::string_view name) {
    for (const auto& task : tasks)
        if (task.name == name) return task;
    throw std::invalid_argument("no task '" + std::string(name) + "'; see --help");
}

}  // namespace bench
