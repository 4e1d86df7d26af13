#pragma once

/// The channels C_p that corrupt images, with exact means and variances, and their composition.

#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/batch_queue.hpp>
#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/corruption/block_occlusion.hpp>
#include <pstar/corruption/blur.hpp>
#include <pstar/corruption/byte_replacement.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/check_channel_laws.hpp>
#include <pstar/corruption/check_corruption_laws.hpp>
#include <pstar/corruption/compose.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/image_moments.hpp>
#include <pstar/corruption/partly_clean.hpp>
#include <pstar/corruption/pixel_likelihood.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/corruption/quadrature.hpp>
#include <pstar/corruption/replacement.hpp>
