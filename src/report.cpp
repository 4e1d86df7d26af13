// Figures and report pages.
#include <pstar/report/detail/accuracy_figure.hpp>
#include <pstar/report/detail/figure.hpp>
#include <pstar/report/detail/page.hpp>
