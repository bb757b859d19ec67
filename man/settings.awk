# Puts the keys of the commented example (the first file) into the page (the second): each paragraph
# of comments describes the keys that follow it.
function text(line) {
  gsub(/\\/, "\\e", line)
  gsub(/-/, "\\-", line)
  gsub(/^'|^\./, "\\\\\\&&", line)
  return line
}
# After the last key of a paragraph, or where no key follows: what it says.
function describe() {
  settings = settings comment
  comment = ""
  keys = 0
}
FNR == NR && /^# ---/ {
  describe()
  gsub(/^# -+ | -+$/, "")
  settings = settings ".SS " text($0) "\n"
  in_section = 1
  next
}
FNR == NR && /^#?[a-z_]+ = ?/ {
  sub(/^#/, "")
  settings = settings (keys++ ? ".TQ\n.B " : ".TP\n.B ") text($0) "\n"
  next
}
FNR == NR {
  if (keys || $0 == "") describe()
  if (!in_section || !sub(/^#/, "")) next
  is_example = /^  /
  sub(/^ */, "")
  comment = comment ($0 == "" ? ".sp\n" : (is_example ? ".br\n" : "") text($0) "\n")
  next
}
/^@SETTINGS@$/ { describe(); printf "%s", settings; next }
{ print }
