#pragma once

#include <pstar/io/csv_reader.hpp>
#include <pstar/io/csv_writer.hpp>
