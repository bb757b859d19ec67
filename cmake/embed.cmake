# Writes each migration as {version, "name", R"sql(text)sql"} for an array initializer.
# The text is cut into pieces, because a compiler may refuse literals over 64 KiB.
set(out "")
foreach(input IN LISTS INPUTS)
  get_filename_component(name ${input} NAME_WE)
  string(REGEX MATCH "^[0-9]+" digits ${name})
  math(EXPR version "${digits}")
  file(READ ${input} text)
  string(APPEND out "{${version}, \"${name}\", R\"migration(${text})migration\"},\n")
endforeach()
file(WRITE ${OUTPUT} "${out}")
