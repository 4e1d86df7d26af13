#pragma once

/// Margins, their sensitivity to the input, and how corruption moves them.

#include <pstar/margin/margin_report.hpp>
