# Puts the commands of `concertctl --help` (the first file) into the page (the second).
FNR == NR {
  gsub(/\\/, "\\e"); gsub(/-/, "\\-")
  if (/^  [^ ]/) commands = commands ".TP\n.B " substr($0, 3) "\n"
  else if (/^      /) commands = commands substr($0, 7) "\n"
  next
}
/^@COMMANDS@$/ { printf "%s", commands; next }
{ print }
