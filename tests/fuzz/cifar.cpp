// CIFAR's records: labels below the number of classes, and the records of what was read are the bytes of the file.
#include <string>

#include <pstar/core/error.hpp>
#include <pstar/data/cifar.hpp>

#include "fuzz/fuzz.hpp"

namespace {

std::string image_of(const pstar::Dataset& data, std::size_t i) {
    const auto pixels = data.image(i);
    return {pixels.begin(), pixels.end()};
}

}  // namespace

FUZZ_TARGET(cifar) {
    // Inputs are short: repeated, they fill records of 3,073 or 3,074 bytes, and one byte more or less where they say
    // so.
    fuzz::Cursor cursor(bytes);
    const std::size_t labels = 1 + cursor.below(2), records = cursor.below(4), beyond = cursor.below(8) == 1;
    const auto rest = cursor.rest();
    std::string file(records * (labels + 3072) + beyond, '\0');
    for (std::size_t i = 0; i < file.size() && !rest.empty(); ++i) file[i] = static_cast<char>(rest[i % rest.size()]);
    const auto path =
        fuzz::file_of({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, "data_batch_1.bin");
    try {
        const auto data = pstar::read_cifar10(path);
        data.validate();
        std::string again;
        for (std::size_t i = 0; i < data.size(); ++i) again += static_cast<char>(data.label(i)) + image_of(data, i);
        fuzz::must(again == file, "the records are the file");
    } catch (const pstar::DataError&) {
    }
    try {
        const auto coarse = pstar::read_cifar100(path, pstar::CifarLabels::coarse);
        const auto fine = pstar::read_cifar100(path, pstar::CifarLabels::fine);
        coarse.validate(), fine.validate();
        std::string again;
        for (std::size_t i = 0; i < fine.size(); ++i)
            again +=
                std::string{static_cast<char>(coarse.label(i)), static_cast<char>(fine.label(i))} + image_of(fine, i);
        fuzz::must(again == file, "the records are the file");
    } catch (const pstar::DataError&) {
    }
}
