// The umbrella header in two units of one program, its inline functions called from both.
#include <cstdio>

#include <pstar/pstar.hpp>

#if __has_include(<cblas.h>)
#include <cblas.h>
#endif

double product_of_sums(const pstar::Tensor<double, 2>& tensor);

/// Runs in double, with the one kind of model that is asked for: what only the headers offer.
bool runs_in_double() {
    pstar::BasicExperiment<double> experiment{.data = pstar::synthetic_digits({.train = 60, .test = 20, .seed = 1}),
                                              .settings = {.epochs = 1},
                                              .models = pstar::ModelRegistry("model")};
    experiment.model("mlp", pstar::make_mlp<double>);
    const auto results = pstar::run(experiment, {.strengths = {0.5}, .widths = {4}, .depths = {1}});
    return results.outcomes.size() == 1 && results.outcomes[0].value &&
           pstar::configuration(experiment)["scalar"] == "double";
}

int main() {
    const pstar::Tensor<double, 2> tensor = {{1, 2}, {3, 4}};
    const auto matrix = pstar::as_matrix(tensor);
    std::printf("pstar %s: %g %g\n", PSTAR_VERSION, matrix.sum(), product_of_sums(tensor));
    return matrix.sum() == 10 && product_of_sums(tensor) == 3 && runs_in_double() ? 0 : 1;
}
