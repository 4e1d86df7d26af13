// What the knee is made of.
#include <pstar/experiment/detail/knee_anatomy.hpp>

namespace pstar {

template KneeAnatomy knee_anatomy(const TrainTest&, const CorruptionFamily&, double, const TrainOptions&,
                                  const KneeAnatomyOptions&);

}  // namespace pstar
