# Completes concertctl by the help of what is typed already, so that it knows every command.
_concertctl() {
  local current=${COMP_WORDS[COMP_CWORD]} given=() word help words=
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || given+=("$word")
  done
  [[ ${given[0]-} != help ]] || given=("${given[@]:1}")
  # What follows the words of the command are values.
  given=("${given[@]:0:2}")
  until help=$(concertctl help "${given[@]}" 2>/dev/null); do
    ((${#given[@]})) || return 0
    given=("${given[@]::${#given[@]}-1}")
  done
  # The next word of each command that is listed, and the options.
  words=$(awk -v at=$((${#given[@]} + 1)) '
    /^[A-Z]/ { part = $1 }
    /^  [^ ]/ && part == "Commands:" { print $at }
    /^  -/ && part == "Options:" { print ($1 == "-h,") ? $2 : $1 }' <<<"$help")
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _concertctl concertctl
