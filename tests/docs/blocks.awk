# From pages of Markdown to C++ that is compiled, not run: their fenced blocks ```cpp, in order.
#     awk -v program=PREFIX -f blocks.awk PAGES.md > FRAGMENTS.cpp
# A block with a main function is a whole program: it goes to PREFIX1.cpp, PREFIX2.cpp, ... as it is. Any other block is a
# fragment: what it includes comes first, what it defines at the left margin (struct, class, template, inline) goes into
# a namespace of its own, and its statements into a function there, which sees the variables of prelude.hpp and may
# hide them by its own. #line makes the compiler name the page and its lines.
function finish(    i, file) {
    if (text ~ /int main\(/) {
        file = program (++programs) ".cpp"
        printf "#line %d \"%s\"\n%s", first + 1, FILENAME, text > file
        close(file)
        return
    }
    blocks++
    printf "%s", includes
    printf "namespace block_%d {\n%svoid statements() {\n%s}\n}  // namespace block_%d\n", blocks, definitions, statements, blocks
}
BEGIN { print "#include \"docs/prelude.hpp\"" }
/^```cpp$/ { inside = 1; first = FNR; text = includes = definitions = statements = ""; defining = 0; next }
/^```$/ && inside { inside = 0; finish(); next }
!inside { next }
{
    text = text $0 "\n"
    line = "#line " FNR " \"" FILENAME "\"\n" $0 "\n"
    if ($0 ~ /^#include/) { includes = includes line; next }
    if ($0 ~ /^(struct|class|template|inline) ?/) defining = 1
    if (!defining) { statements = statements line; next }
    definitions = definitions line
    if ($0 ~ /^}/ || $0 ~ /};/ && $0 ~ /^(struct|class)/) defining = 0
}
