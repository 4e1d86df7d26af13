# From what studies print for `--help` to tables in Markdown: a table for each group of flags, a column for each study.
#     awk -f flags_page.awk STUDY.help...
# A flag whose text differs between studies has a row for each text.
function cell(text) { gsub(/\|/, "\\|", text); gsub(/</, "\\<", text); return text }
function code(text) { gsub(/\|/, "\\|", text); return text == "" ? "" : "`" text "`" }
function add(left, text,    names, type, usual, key) {
    names = left
    sub(/ .*$/, "", names)
    type = substr(left, length(names) + 2)
    usual = type ~ /REQUIRED/ ? "required" : ""
    gsub(/ ?(\.\.\.|REQUIRED|:FILE)/, "", type)
    if (type !~ /=VALUE/ && match(type, /=/)) {
        usual = substr(type, RSTART + 1)
        type = substr(type, 1, RSTART - 1)
        gsub(/^\[|\]$/, "", usual)
        usual = "`" usual "`"
    }
    if (names ~ /^-h|^--version/) return
    if (!(group in seen)) { seen[group] = 1; groups[++count] = group }
    key = group SUBSEP names SUBSEP type SUBSEP text
    if (!(key in known)) { known[key] = ++rows; row[rows] = "| " code(names) " | " code(type) " | " cell(text) " |"; of[rows] = group }
    value[known[key], study] = usual == "" ? "yes" : usual
}
function flush() { if (left != "") add(left, text); left = text = "" }
FNR == 1 {
    flush()
    study = FILENAME
    sub(/^.*\//, "", study)
    sub(/\.help$/, "", study)
    studies[++programs] = study
    over = 0
}
/^Example:/ { flush(); over = 1 }
over { next }
/^[A-Z].*:$/ { flush(); group = substr($0, 1, length($0) - 1); next }
/^                                  [^ ]/ && left != "" { if (text != "") left = left " " text; text = $0; sub(/^ +/, "", text); next }
/^  [^ ]/ {
    flush()
    left = substr($0, 3, 32)
    text = substr($0, 35)
    if (substr($0, 34, 1) != " ") { left = substr($0, 3); text = "" }  # too long: the text is on the next line
    sub(/ +$/, "", left)
    next
}
END {
    flush()
    for (g = 1; g <= count; ++g) {
        line = "| flag | value | what it does |"
        rule = "|---|---|---|"
        for (s = 1; s <= programs; ++s) { line = line " " studies[s] " |"; rule = rule "---|" }
        print "\n## " groups[g] "\n\n" line "\n" rule
        for (r = 1; r <= rows; ++r) {
            if (of[r] != groups[g]) continue
            line = row[r]
            for (s = 1; s <= programs; ++s) line = line ((r, studies[s]) in value ? " " value[r, studies[s]] " |" : " |")
            print line
        }
    }
}
