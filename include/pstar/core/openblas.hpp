#pragma once

/// OpenBLAS's own controls, where the BLAS that was linked has them: weak, so that any other CBLAS links as well. Ask
/// whether they are there before a call.
extern "C" {
[[gnu::weak]] void openblas_set_num_threads(int count);
[[gnu::weak]] int openblas_get_num_threads(void);
[[gnu::weak]] char* openblas_get_corename(void);
[[gnu::weak]] char* openblas_get_config(void);
}
