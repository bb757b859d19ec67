# Puts the paragraphs of `concertctl --help-all` (the first file) into the page (the second).
FNR == NR {
  gsub(/\\/, "\\e"); gsub(/-/, "\\-")
  if (/^  [^ ]/) commands = commands ".TP\n.B " substr($0, 3) "\n"
  else if (/^      (\\-\\-|[A-Z]+ )/) {
    # What is typed, then what it is.
    match($0, /[^ ]  +/)
    commands = commands ".br\n.B " substr($0, 7, RSTART - 6) "\n\\(en " \
      substr($0, RSTART + RLENGTH) "\n"
  }
  else {
    sub(/^ +/, "")
    commands = commands $0 "\n"
  }
  next
}
/^@COMMANDS@$/ { printf "%s", commands; next }
{ print }
