// What the knee is made of.
#include <pstar/experiment/detail/knee_anatomy.hpp>
