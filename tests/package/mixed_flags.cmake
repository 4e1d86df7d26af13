# Translation units compiled for x86-64-v2, -v3 and -v4, linked two by two in both orders: they must run, and compute the
# same to the last bit, at every optimisation, as no kernel of one may be taken for that of another.
# COMPILER, FOLDERS (|), LIBRARIES (|), SOURCE, WORK, LEVELS (|)
cmake_policy(VERSION 3.25)
string(REPLACE "|" ";" levels "${LEVELS}")
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

foreach(level ${levels})
  foreach(set v2 v3 v4)
    run(${COMPILER} -std=c++20 ${level} -march=x86-64-${set} -DUNIT=${set}_unit -I${SOURCE}/include ${folders}
      -c ${SOURCE}/tests/package/mixed_flags/unit.cpp -o ${WORK}/${set}.o)
  endforeach()
  foreach(pair "v2;v3" "v2;v4" "v3;v4" "v3;v2" "v4;v2" "v4;v3")
    list(GET pair 0 first)
    list(GET pair 1 second)
    run(${COMPILER} -std=c++20 -DFIRST=${first}_unit -DSECOND=${second}_unit
      ${SOURCE}/tests/package/mixed_flags/main.cpp ${WORK}/${first}.o ${WORK}/${second}.o -o ${WORK}/mixed
      ${libraries})
    run(${WORK}/mixed)
    message(STATUS "${level}: ${first} before ${second}")
  endforeach()
endforeach()
