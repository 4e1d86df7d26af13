#pragma once

/// Files: safetensors, npy, csv, json.

#include <pstar/io/csv.hpp>
#include <pstar/io/csv_reader.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/io/input_file.hpp>
#include <pstar/io/json_difference.hpp>
#include <pstar/io/json_file.hpp>
#include <pstar/io/json_line.hpp>
#include <pstar/io/npy.hpp>
#include <pstar/io/npy_header.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/io/safetensors_file.hpp>
