# A header as Doxygen reads it: what stands in a namespace of pstar belongs to the group of the header's layer, and members
# that models of a concept have in common, or whose name says all, have the docstring that stands here once, where the
# header gives them none of its own. No line is added, so that warnings name the right one.
BEGIN {
    layer = ARGV[1]
    sub(/^.*include\/pstar\//, "", layer)
    sub(/(\/.*|\.hpp)$/, "", layer)
    if (layer == "pstar" || layer == "version") layer = "core"

    say("void validate\\(\\) const", "Throws std::invalid_argument that names the member that is out of range, its value and what it must satisfy.")
    say("(inline |constexpr )*std::string(_view)? to_string\\(", "The word for it, as in tables, flags and journals.")
    say("(friend |constexpr )*(bool|auto) operator(==|<=>)\\(", "Compares member by member.")
    say("(inline )?void to_json\\(", "Writes it as JSON, as journals have it.")
    say("(inline )?void from_json\\(", "Reads that back; throws what nlohmann::json throws where it does not fit.")
    if (layer == "autodiff" || layer == "nn") {
        say("static constexpr std::size_t arity =", "Number of inputs, see `Primitive`.")
        say("Shape shape\\(", "Shape of the output; throws std::invalid_argument where the inputs do not fit. See `Primitive`.")
        say("void forward\\(", "Writes the output y. See `Primitive`.")
        say("void vjp\\(", "Reverse mode: dx_i <- J_i^T dy for each wanted input. See `Primitive`.")
        say("void jvp\\(", "Forward mode: ty <- sum_i J_i tx_i. See `Primitive`.")
        say("std::size_t workspace\\(", "Numbers kept from forward to its derivatives. See `Primitive`.")
    }
    if (layer == "corruption") {
        say("double strength\\(\\) const", "The strength: 0 changes nothing. See `Corruption`.")
        say("double mean\\(double", "E[x'] of a pixel x in [0, 1], exact. See `Channel`.")
        say("double variance\\(double", "Var[x'] of a pixel x in [0, 1], exact. See `Channel`.")
        say("double snr_proxy\\(\\) const", "Signal to noise, a number without unit; infinite where nothing changes.")
        say("Scalar operator\\(\\)\\(Scalar x, std::uint32_t", "x' of a pixel x in [0, 1], by 32 uniform bits. See `Channel`.")
        say("double expect\\(double x, const Function", "E[f(x')] of a pixel x, by integration between the kinks of f. See `IntegrableChannel`.")
        say("std::vector<double> kinks\\(", "Where x -> E[f(x')] has kinks, from those of f. See `IntegrableChannel`.")
        say("Kernel kernel\\(\\) const", "The channel with its thresholds in integers, as it is applied to many pixels.")
        say("double variance_along\\(", "g^T Cov[x'] g of an image and a direction g, exact. See `HasImageMoments`.")
        say("void mean\\(View<const", "Writes the mean image E[x'], exact. See `HasImageMoments`.")
        say("void apply\\(View<const (Scalar|double)> image", "Writes the corrupted image: `image` and `out` have the shape (C, H, W) and do not overlap. See `Corruption`.")
    }
    if (layer == "experiment") {
        say("(explicit )?[A-Za-z]*Model\\(", "Makes one that is not fitted yet.")
        say("FitReport fit\\(const RunContext", "Fits it to the run's training images, seen through the run's corruption. See `FittableModel`.")
        say("TestScore evaluate\\(const RunContext", "Loss and accuracy on the test images, seen through a corruption. See `FittableModel`.")
        say("std::size_t parameter_count\\(const RunContext", "Number of fitted parameters. See `FittableModel`.")
        say("double expected_cost\\(const RunContext", "How long a run takes, in the units of `expected_cost`. See `FittableModel`.")
        say("double memory\\(const RunContext", "Bytes that a run needs beside the images. See `FittableModel`.")
        say("TestImages images =", "Whether the test images are clean or corrupted.")
    }
    if (layer == "nn" || layer == "corruption") {
        say("(const )?Parameters<[A-Za-z]+>& parameters\\(\\)", "The weights and biases, and the buffers. See `Network`.")
        say("(std::size_t|Shape) inputs\\(\\) const", "Numbers an image has. See `Network`.")
        say("std::size_t outputs\\(\\) const", "Number of classes. See `Network`.")
        say("[A-Za-z:]+ setup\\(", "Checks what comes in, adds the parameters and gives the shape that goes out. See `NetworkLayer`.")
        say("Variable<Scalar> operator\\(\\)\\(Variable<Scalar> x, LayerPass", "What comes out for x, on the tape. See `NetworkLayer`.")
    }
    say("using (scalar_type|Scalar) =", "The type of its numbers.")
    say("using Json =", "JSON that keeps the order of keys.")
    say("std::uint64_t seed =", "All that is random follows from it.")
    say("[A-Za-z]+Status status =", "What became of it; the enumeration says what each word means.")
    say("(constexpr )?std::size_t size\\(\\) const", "How many there are.")
    say("(constexpr )?(std::size_t|Eigen::Index|int) (rows|cols|columns)\\(\\) const", "Its number of rows or columns.")
    say("(constexpr )?std::size_t classes\\(\\) const", "Number of classes.")
    say("(constexpr )?std::size_t (channels|height|width|pixels)\\(\\) const", "Of each image.")
    say("(constexpr )?bool empty\\(\\) const", "Whether there are none.")
    say("const std::filesystem::path& path\\(\\) const", "Where it is.")
    say("void perform_op\\(const double\\*", "y <- A x, the call that Spectra's solvers make.")
    say("explicit operator bool\\(\\) const", "Whether there is one.")
    documented = 0
    held = ""
}

function dropped() { if (held != "") out(""); held = ""; out("") }
function say(pattern, text) { patterns[++count] = "^ *(\\[\\[nodiscard\\]\\] )?(inline |static |constexpr )*" pattern; texts[count] = text }

# Prints a line. Indented lines of a docstring are formulas, which are kept as they stand, each on its own.
function out(line,    plain) {
    plain = line
    indented = line ~ /^ *\/\/\/     +[^ ]/
    in_code = indented && (in_code || previous ~ /^ *\/\/\/ *$/)  # code, as Markdown has it: behind an empty line
    if (indented && !in_code) {
        sub(/\/\/\//, "/// @verbatim", line)
        line = line " @endverbatim"
    }
    print line
    previous = plain
}

# `double low = 0, high = 1;` as `double low = 0; /** text */ double high = 1;`, the text before the first one, too.
function each_variable(line, text,    i, c, depth, parts, n, type, all) {
    n = 1
    parts[1] = ""
    for (i = 1; i <= length(line); ++i) {
        c = substr(line, i, 1)
        if (c ~ /[<{(\[]/) ++depth
        if (c ~ /[>})\]]/) --depth
        if (c == "," && depth == 0) parts[++n] = ""
        else if (c != ";" || depth != 0) parts[n] = parts[n] c
    }
    type = parts[1]
    sub(/ *(=|\{|\[).*$/, "", type)
    sub(/[*&]?[A-Za-z_0-9]+$/, "", type)
    all = "/** " text " */ " parts[1] ";"
    for (i = 2; i <= n; ++i) all = all " /** " text " */ " type parts[i] ";"
    return all
}

function conventional(line,    i) {
    for (i = 1; i <= count; ++i) if (line ~ patterns[i]) return "/** " texts[i] " */ "
    return ""
}

/^namespace (pstar|primitive|layer|simd|pstar::[a-z]+) \{$/ && !/detail/ { out($0 " /** @addtogroup " layer " */ /** @{ */"); documented = 0; next }
/^\}  \/\/ namespace (pstar|primitive|layer|simd|pstar::[a-z]+)$/ && !/detail/ { out("/** @} */ " $0); documented = 0; next }
# What is compiled elsewhere, and how arguments of templates are deduced: the template itself has the docstring.
/^ *extern template / || dropping { dropping = !/;/; dropped(); next }
/^[A-Z][A-Za-z]*\(.*\) -> .*;$/ { dropped(); next }
# Of several variables on a line all have the docstring behind it, or before it.
/^ *[A-Za-z][^()]*, [^()]*;( +\/\/.*)?$/ && !/using|template|enum/ {
    text = $0
    if (match(text, /; +\/\/\/< /)) {
        say_all = substr(text, RSTART + RLENGTH)
        out(each_variable(substr(text, 1, RSTART), say_all))
        documented = 0
        next
    }
    if (documented == 1 && one_line != "") {
        sub(/ +\/\/.*$/, "", text)
        out(each_variable(text, one_line))
        documented = 0
        next
    }
}
# A template's docstring stands before its first line.
held == "" && /^ *template </ && !documented { held = $0; next }
held != "" {
    if ($0 ~ /^ *(requires|template)/) { held = held "\n" $0; next }
    out(conventional($0) held)
    held = ""
    out($0)
    documented = 0
    next
}
# `<v h>` in a docstring is no tag of HTML.
/^ *\/\/\/ ? ? ?[^ ]/ && /<[A-Za-z_\/]/ {
    n = split($0, pieces, "`")
    for (i = 1; i <= n; i += 2) gsub(/<[A-Za-z_\/]/, "\\\\&", pieces[i])
    text = pieces[1]
    for (i = 2; i <= n; ++i) text = text "`" pieces[i]
    $0 = text
}
{
    if (!documented && $0 !~ /\/\/\/</) out(conventional($0) $0)
    else out($0)
    one_line = ""
    if (!documented && $0 ~ /^ *\/\/\/ /) { one_line = $0; sub(/^ *\/\/\/ /, "", one_line) }
    documented = ($0 ~ /^ *\/\/\// && $0 !~ /\/\/\/</) || ($0 ~ /^ *(template|requires)/ && documented)
}
