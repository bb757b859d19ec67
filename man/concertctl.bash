# Completes concertctl by what `concertctl --help` says, so that it knows every command.
_concertctl() {
  local current=${COMP_WORDS[COMP_CWORD]} given=() word line words
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || given+=("$word")
  done
  words=--json
  while read -r line; do
    # The words of a command before its options, or, once they are given, its options.
    if [[ "$line " == "${given[*]} --"* || "$line " == "${given[*]} [--"* ]]; then
      words+=" $(grep -oE -- '--[a-z-]+' <<<"$line" | tr '\n' ' ')"
    elif [[ ${#given[@]} == 0 || "$line " == "${given[*]} "* ]]; then
      read -ra line <<<"$line"
      words+=" ${line[${#given[@]}]:-}"
    fi
  done < <(concertctl --help 2>/dev/null | sed -n 's/^  \([^ ]\)/\1/p')
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _concertctl concertctl
