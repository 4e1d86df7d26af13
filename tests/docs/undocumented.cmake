# Every public name has a docstring: DOXYGEN reads the headers as the target `docs` does, DOXYFILE, without writing pages, and
# what it calls undocumented is listed. Of structs that hold results the docstring of the whole may say what the members
# are; no more than so many members have none of their own. References of the guide that lead nowhere are listed, too.
cmake_minimum_required(VERSION 3.25)
set(result_members_without 282)

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
file(READ ${DOXYFILE} text)
file(WRITE ${WORK}/Doxyfile
  "${text}\nOUTPUT_DIRECTORY = \"${WORK}\"\nWARN_LOGFILE = \"${WORK}/warnings.txt\"\nGENERATE_HTML = NO\nGENERATE_XML = YES\nXML_PROGRAMLISTING = NO\nHAVE_DOT = NO\n")
execute_process(COMMAND ${DOXYGEN} ${WORK}/Doxyfile COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET ERROR_QUIET)
file(STRINGS ${WORK}/warnings.txt warnings REGEX "is not documented|unable to resolve reference|unbalanced grouping")
list(REMOVE_DUPLICATES warnings)

set(of_results 0)
set(faults "")
set(known "")
foreach(warning ${warnings})
  if(warning MATCHES "\\(variable\\) of (struct|class)" AND
     NOT warning MATCHES "of (struct|class) [A-Za-z:]*(Options|Settings|Grid|Design|Rule|Spec|Columns|Probe|Key|Experiment) is not")
    math(EXPR of_results "${of_results} + 1")
  else()
    string(REGEX REPLACE "^.*/include/" "" warning "${warning}")
    list(APPEND faults "${warning}")
  endif()
endforeach()
list(JOIN faults "\n  " list)
message("${of_results} members of results are said in the docstring of the whole")
if(of_results GREATER result_members_without)
  message(FATAL_ERROR "more than ${result_members_without} of them: write docstrings for new ones; ${WORK}/warnings.txt names all")
endif()
# Something was read at all: a class that is there has its page.
if(NOT EXISTS ${WORK}/xml/classpstar_1_1Sequential.xml)
  message(FATAL_ERROR "Doxygen has read no headers")
endif()
if(faults)
  message(FATAL_ERROR "without a docstring, or leading nowhere:\n  ${list}")
endif()
