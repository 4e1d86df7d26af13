# A page of Markdown as Doxygen reads it; on GitHub the same page is read as it is. Called with `-v root=FOLDER/ PAGE`.
#   - A heading `## Own data` gets the label that links on GitHub use, with the page's name before it: {#data_own-data}.
#   - [text](page.md#own-data) becomes a reference to that label.
#   - [text](../examples/x.cpp) becomes a link to the example's page.
#   - Links to what is no page of the site (folders, licences) become plain text.
# No line is added, so that warnings name the right one.
function page_name(path) {
    sub(/^.*\//, "", path)
    sub(/\.md$/, "", path)
    return tolower(path)
}
# As GitHub makes it: lower case, no punctuation, hyphens for spaces.
function label(heading) {
    heading = tolower(heading)
    gsub(/[^a-z0-9 _-]/, "", heading)
    gsub(/ /, "-", heading)
    return heading
}
function resolved(target,    parts, n, i, out, depth, stack) {
    n = split(folder target, parts, "/")
    depth = 0
    for (i = 1; i <= n; ++i) {
        if (parts[i] == "..") --depth
        else if (parts[i] != "." && parts[i] != "") stack[++depth] = parts[i]
    }
    out = ""
    for (i = 1; i <= depth; ++i) out = out (i > 1 ? "/" : "") stack[i]
    return out
}
function in_site(path) { return path ~ /^(docs\/[a-z_]+|README|CONTRIBUTING|CHANGELOG|benchmarks\/README)\.md$/ }
function link(text, target,    path, anchor) {
    if (target ~ /^(https?:|mailto:)/) return "[" text "](" target ")"
    anchor = ""
    path = target
    if (match(path, /#/)) { anchor = substr(path, RSTART + 1); path = substr(path, 1, RSTART - 1) }
    path = path == "" ? this : resolved(path)
    if (in_site(path)) {
        if (anchor != "") return "[" text "](@ref " prefix(path) anchor ")"
        return path == "README.md" ? "[" text "](index.html)" : "[" text "](@ref " page_id(path) ")"
    }
    if (path ~ /^examples\/[a-z_]+\.cpp$/) {
        sub(/^examples\//, "", path)
        gsub(/_/, "__", path)
        sub(/\.cpp$/, "_8cpp-example.html", path)
        return "[" text "](" path ")"
    }
    if (path == "examples") return "[" text "](examples.html)"
    return text
}
function prefix(path) { return (path ~ /^benchmarks/ ? "benchmarks" : path ~ /^docs\/README/ ? "guide" : page_name(path)) "_" }
function page_id(path) { return path == "docs/README.md" ? "guide" : "page_" (path ~ /^benchmarks/ ? "benchmarks" : page_name(path)) }
function picture(text, target) { sub(/^.*\//, "", target); return "![" text "](" target ")" }
function rewritten(line,    out, rest, text, target, bang, at) {
    out = ""
    while (match(line, /!?\[[^][]*\]\([^() ]+\)/)) {
        rest = substr(line, RSTART + RLENGTH)
        text = substr(line, RSTART, RLENGTH)
        out = out substr(line, 1, RSTART - 1)
        bang = substr(text, 1, 1) == "!"
        at = index(text, "](")
        target = substr(text, at + 2, length(text) - at - 2)
        text = substr(text, bang ? 3 : 2, at - (bang ? 3 : 2))
        out = out (bang ? picture(text, target) : link(text, target))
        line = rest
    }
    return out line
}
FNR == 1 {
    this = FILENAME
    if (index(this, root) == 1) this = substr(this, length(root) + 1)
    folder = this
    if (!sub(/[^\/]*$/, "", folder)) folder = ""
    fenced = 0
}
/^```/ { fenced = !fenced; if ($0 ~ /^```(cpp|text|sh|cmake|python|json|meson)$/) { sub(/^```(text|sh|cmake|meson|json)$/, "```{.unparsed}"); sub(/^```cpp$/, "```{.cpp}"); sub(/^```python$/, "```{.py}") } print; next }
fenced || /^    / { print; next }
/^# / && !titled { titled = 1; print (this == "README.md" ? $0 : $0 " {#" page_id(this) "}"); next }
/^##+ / { heading = $0; sub(/^##+ /, "", heading); print rewritten($0) " {#" prefix(this) label(heading) "}"; next }
{
    $0 = rewritten($0)
    while (match($0, /`<[A-Za-z]+>`/))  # which Doxygen takes for a tag of HTML inside tables
        $0 = substr($0, 1, RSTART - 1) "<tt>&lt;" substr($0, RSTART + 2, RLENGTH - 4) "&gt;</tt>" substr($0, RSTART + RLENGTH)
    print
}
