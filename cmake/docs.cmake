# The target `docs`: the reference of every public name and the guide of docs/ as a static site, BUILD/docs/html/index.html.
# It needs Doxygen and, for the picture of the layers, graphviz; where Doxygen is missing, the target says so and fails.
# A test counts what has no docstring (tests/docs).
find_program(PSTAR_DOXYGEN NAMES doxygen)
find_program(PSTAR_DOT NAMES dot)
find_program(PSTAR_TRED NAMES tred)
find_program(PSTAR_AWK NAMES awk mawk gawk)
mark_as_advanced(PSTAR_DOXYGEN PSTAR_DOT PSTAR_TRED PSTAR_AWK)

set(PSTAR_DOCS_FOLDER ${PROJECT_BINARY_DIR}/docs)
file(MAKE_DIRECTORY ${PSTAR_DOCS_FOLDER})

# _layers_page(OUT): the text of a file that tells Doxygen the layers, as CONTRIBUTING.md has them, which of them include
# which, as their headers say, and the examples.
function(_layers_page out)
  file(STRINGS ${PROJECT_SOURCE_DIR}/CONTRIBUTING.md _rows REGEX "^\\| `[a-z]+/` \\|")
  set(_text "")
  set(_edges "")
  foreach(_row ${_rows})
    string(REGEX MATCH "^\\| `([a-z]+)/` \\|([^|]*)\\| (.*) \\|$" _ "${_row}")
    set(_layer ${CMAKE_MATCH_1})
    string(APPEND _text "/** @defgroup ${_layer} ${_layer}\n    @brief ${CMAKE_MATCH_3}\n\n    Include `<pstar/${_layer}.hpp>`, or the header that stands beside a name. */\n")
    file(GLOB_RECURSE _headers ${PROJECT_SOURCE_DIR}/include/pstar/${_layer}/*.hpp)
    set(_below "")
    foreach(_header ${_headers})
      file(STRINGS ${_header} _lines REGEX "^#include <pstar/[a-z]+/")
      foreach(_line ${_lines})
        string(REGEX MATCH "<pstar/([a-z]+)/" _ "${_line}")
        list(APPEND _below ${CMAKE_MATCH_1})
      endforeach()
    endforeach()
    list(REMOVE_DUPLICATES _below)
    list(REMOVE_ITEM _below ${_layer})
    foreach(_other ${_below})
      string(APPEND _edges "${_layer} -> ${_other};\n")
    endforeach()
  endforeach()
  if(PSTAR_DOT AND PSTAR_TRED)  # arrows that follow from others are left out
    file(WRITE ${PSTAR_DOCS_FOLDER}/layers.dot "digraph layers {\n${_edges}}\n")
    execute_process(COMMAND ${PSTAR_TRED} ${PSTAR_DOCS_FOLDER}/layers.dot OUTPUT_VARIABLE _edges ERROR_QUIET)
    string(REGEX REPLACE "digraph layers {|}" "" _edges "${_edges}")
  endif()
  string(APPEND _text "/** @page layers Which layer includes which\n    An arrow: includes. Arrows that follow from others are left out.\n"
    "    @dot\n digraph layers { rankdir=LR; bgcolor=transparent; node [shape=box, fontname=sans, fontsize=11, color=\"#7a8ba0\", fontcolor=\"#6a7f99\"]; edge [color=\"#7a8ba0\"];\n${_edges} }\n    @enddot */\n")
  file(GLOB _examples ${PROJECT_SOURCE_DIR}/examples/*.cpp)
  foreach(_example ${_examples})
    cmake_path(GET _example FILENAME _name)
    file(STRINGS ${_example} _first LIMIT_COUNT 1)
    string(REGEX REPLACE "^// *" "" _first "${_first}")
    if(_first MATCHES "^#")
      set(_first "The program of the first page.")
    endif()
    string(APPEND _text "/** @example ${_name}\n    ${_first} */\n")
  endforeach()
  set(${out} "${_text}" PARENT_SCOPE)
endfunction()

if(PSTAR_DOXYGEN)
  _layers_page(_text)
  file(CONFIGURE OUTPUT ${PSTAR_DOCS_FOLDER}/layers.dox CONTENT "${_text}" @ONLY)
  file(GLOB _pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.md)
  list(APPEND _pages ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CONTRIBUTING.md
    ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/benchmarks/README.md)
  list(JOIN _pages "\" \"" PSTAR_DOCS_PAGES)
  set(PSTAR_DOCS_PAGES "\"${PSTAR_DOCS_PAGES}\"")
  set(PSTAR_DOCS_DOT NO)
  if(PSTAR_DOT)
    set(PSTAR_DOCS_DOT YES)
  endif()
  set(PSTAR_DOCS_HTML YES)
  configure_file(${PROJECT_SOURCE_DIR}/docs/site/Doxyfile.in ${PSTAR_DOCS_FOLDER}/Doxyfile @ONLY)
  add_custom_target(docs
    COMMAND ${PSTAR_DOXYGEN} ${PSTAR_DOCS_FOLDER}/Doxyfile
    COMMAND ${CMAKE_COMMAND} -E echo "${PSTAR_DOCS_FOLDER}/html/index.html"
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} VERBATIM)
else()
  add_custom_target(docs
    COMMAND ${CMAKE_COMMAND} -E echo "The target docs needs Doxygen: scripts/setup.sh --developer installs it."
    COMMAND ${CMAKE_COMMAND} -E false VERBATIM)
endif()
