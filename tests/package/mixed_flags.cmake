# Translation units compiled for x86-64-v2, -v3 and -v4 (those in SETS), linked two by two in both orders: they must run,
# and compute the same to the last bit, at every optimisation, as no kernel of one may be taken for that of another.
# COMPILER, LEVEL, SETS (|), FOLDERS (|), LIBRARIES (|), SOURCE, WORK
cmake_policy(VERSION 3.25)
string(REPLACE "|" ";" sets "${SETS}")
string(REPLACE "|" ";" folders "${FOLDERS}")
string(REPLACE "|" ";" libraries "${LIBRARIES}")
list(REMOVE_DUPLICATES folders)
list(TRANSFORM folders PREPEND -I)
file(MAKE_DIRECTORY ${WORK})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    string(JOIN " " command ${ARGN})
    message(FATAL_ERROR "${command}\n${output}status ${status}")
  endif()
endfunction()

foreach(set ${sets})
  run(${COMPILER} -std=c++20 ${LEVEL} -march=x86-64-${set} -DUNIT=${set}_unit -I${SOURCE}/include ${folders}
    -c ${SOURCE}/tests/package/mixed_flags/unit.cpp -o ${WORK}/${set}.o)
endforeach()
foreach(first ${sets})
  foreach(second ${sets})
    if(first STREQUAL second)
      continue()
    endif()
    run(${COMPILER} -std=c++20 -DFIRST=${first}_unit -DSECOND=${second}_unit
      ${SOURCE}/tests/package/mixed_flags/main.cpp ${WORK}/${first}.o ${WORK}/${second}.o -o ${WORK}/mixed
      ${libraries})
    run(${WORK}/mixed)
    message(STATUS "${LEVEL}: ${first} before ${second}")
  endforeach()
endforeach()
