# docs/flags.md, PAGE, is what the studies in BIN say of their flags for `--help`, and the columns of the tables that a small
# run of each has written in WORK. Where the variable PSTAR_WRITE_DOCS is set in the environment it is written, else compared.
cmake_minimum_required(VERSION 3.25)
set(studies accuracy_vs_corruption phase_diagram mlp_vs_cnn margin_prediction knee_anatomy rbm_baseline ntk_spectrum curve_collapse)
set(small --train 120 --test 60 --quiet --threads 1)
set(run_accuracy_vs_corruption ${small} --strength 0,0.5,1 --width 4,8 --epochs 1 --repeats 4 --subset fresh --seeds-per-subset 2
  --test-channel additive --test-strength 1 --decisions-at 0)
set(run_phase_diagram ${small} --strength 0,0.5,1 --width 4,8 --epochs 1 --repeats 3 --resolution 0.5)
set(run_mlp_vs_cnn ${small} --strength 0,0.5,1 --mlp-width 4 --cnn-channels 2 --epochs 1 --repeats 3)
set(run_margin_prediction ${small} --strength 0.5,0.8 --width 4 --epochs 1 --draws 4 --repeats 2)
set(run_knee_anatomy ${small} --strength 0,0.5,0.9 --width 8 --depth 1 --epochs 1 --repeats 2)
set(run_rbm_baseline ${small} --strength 0,0.5,1 --rbm-components 4 --mlp-width 4 --rbm-n-iter 1 --epochs 1 --repeats 3
  --ais-temperatures 29)
set(run_ntk_spectrum ${small} --strength 0,0.5,1 --width 4 --subset 8 --epochs 1 --repeats 3)
set(run_curve_collapse ${WORK}/accuracy_vs_corruption/runs.csv --size width --strength p --accuracy test_accuracy
  --bootstrap 100 --quiet)

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
set(helps "")
set(rows "")
foreach(study ${studies})
  execute_process(COMMAND ${BIN}/${study} --help OUTPUT_FILE ${WORK}/${study}.help COMMAND_ERROR_IS_FATAL ANY)
  list(APPEND helps ${WORK}/${study}.help)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env PATH=/nowhere OPENBLAS_NUM_THREADS=1
      ${BIN}/${study} ${run_${study}} --out ${WORK}/${study}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "exit ${status} from ${study}:\n${output}")
  endif()
  file(GLOB tables RELATIVE ${WORK}/${study} ${WORK}/${study}/*.csv)
  foreach(table ${tables})
    file(STRINGS ${WORK}/${study}/${table} columns LIMIT_COUNT 1)
    string(REPLACE "," "`, `" columns "${columns}")
    set(row "${table}|`${columns}`")
    if(row IN_LIST rows)
      string(MD5 key "${row}")
      string(APPEND of_${key} ", ${study}")
    else()
      list(APPEND rows "${row}")
      string(MD5 key "${row}")
      set(of_${key} ${study})
    endif()
  endforeach()
endforeach()
execute_process(COMMAND ${AWK} -f ${CMAKE_CURRENT_LIST_DIR}/flags_page.awk ${helps}
  OUTPUT_VARIABLE flags COMMAND_ERROR_IS_FATAL ANY)

set(page "# Flags and columns of the studies

What each study says of itself; a test compares this page with it and writes it anew (`tests/docs/flags_page.cmake`). Below a study a cell
has the flag's default there, `required`, or yes where there is no default or the text says it; an empty cell: the study has no such
flag. What a study is for: [studies](studies.md). What the words mean: [experiments](experiments.md#words).
${flags}
## Columns of the tables

| file | of | columns |
|---|---|---|
")
list(SORT rows)
foreach(row ${rows})
  string(MD5 key "${row}")
  string(REGEX REPLACE "^([^|]*)\\|(.*)$" "| `\\1` | ${of_${key}} | \\2 |\n" row "${row}")
  string(APPEND page "${row}")
endforeach()

if(DEFINED ENV{PSTAR_WRITE_DOCS})
  file(WRITE ${PAGE} "${page}")
endif()
file(READ ${PAGE} there)
if(NOT there STREQUAL page)
  file(WRITE ${WORK}/flags.md "${page}")
  message(FATAL_ERROR "docs/flags.md is not what the studies say; with PSTAR_WRITE_DOCS=1 this test writes it. The page "
    "would be ${WORK}/flags.md")
endif()
