# pstar_header_chains(OUT FOLDER HEADERS...): HEADERS, relative to FOLDER, in chains, of which OUT is the list; the headers
# of a chain are separated by `|`. Each header of a chain is included, perhaps through others, by the next one: where a
# unit includes them one after the other, each finds only what it includes itself. So the unit compiles where every one
# of them compiles alone, in a fraction of the time that a unit for each would take.
include_guard()

function(pstar_header_chains out folder)
  foreach(_header ${ARGN})
    file(READ ${folder}/${_header} _text)
    string(REGEX REPLACE "#ifdef PSTAR_COMPILED.*" "" _text "${_text}")
    string(REGEX MATCHALL "#include <pstar/[^>]+>" _direct "${_text}")
    list(TRANSFORM _direct REPLACE "#include <(.*)>" "\\1")
    set(_direct_${_header} ${_direct})
  endforeach()

  set(_sorted "")
  foreach(_header ${ARGN})
    set(_todo ${_direct_${_header}})
    set(_below_${_header} "")  # what it includes, perhaps through others
    while(_todo)
      list(POP_BACK _todo _next)
      if(NOT _next IN_LIST _below_${_header} AND NOT _next STREQUAL _header)
        list(APPEND _below_${_header} ${_next})
        list(APPEND _todo ${_direct_${_next}})
      endif()
    endwhile()
    list(LENGTH _below_${_header} _count)
    math(EXPR _rank "1000 + ${_count}")  # sorts as text
    list(APPEND _sorted "${_rank}|${_header}")
  endforeach()
  list(SORT _sorted ORDER DESCENDING)
  list(TRANSFORM _sorted REPLACE "^[0-9]+\\|" "")

  # From a header that includes much to those that include less, as far down as it goes; then again with what is left.
  set(_chains "")
  while(_sorted)
    list(POP_FRONT _sorted _last)
    set(_chain ${_last})
    set(_left "")
    foreach(_header ${_sorted})
      if(_header IN_LIST _below_${_last})
        set(_last ${_header})
        string(PREPEND _chain "${_header}|")
      else()
        list(APPEND _left ${_header})
      endif()
    endforeach()
    list(APPEND _chains ${_chain})
    set(_sorted ${_left})
  endwhile()
  set(${out} ${_chains} PARENT_SCOPE)
endfunction()
