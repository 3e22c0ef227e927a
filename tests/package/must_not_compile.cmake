# What must not compile. FILES and FOLDERS, the include folders, are separated by commas; OUTPUT is a folder.
#
#   without FILE: compiles all files together, each in a namespace of its own, as they stand, which has to work, and
#       with WRONG defined, which has to fail; keeps what the compiler says in OUTPUT. Code is only checked, none is made.
#   with FILE: the compiler has said the sentence of that file's line "// expected: ...", and has named the file.
#
# Together, since LibTorch's headers take the compiler up to 12 s each time.
if(FILE)
  file(STRINGS ${FILE} expected LIMIT_COUNT 1 REGEX "^// expected: ")
  string(REPLACE "// expected: " "" expected "${expected}")
  file(READ ${OUTPUT}/said.txt said)
  string(FIND "${said}" "${expected}" found)
  string(FIND "${said}" "${FILE}" named)
  if(NOT expected OR found EQUAL -1 OR named EQUAL -1)
    message(FATAL_ERROR "expected the sentence \"${expected}\" about ${FILE}, but the compiler said: ${said}")
  endif()
  return()
endif()

string(REPLACE "," ";" files "${FILES}")
set(includes "")
set(cases "")
foreach(file IN LISTS files)
  file(STRINGS ${file} file_includes REGEX "^#include ")
  list(APPEND includes ${file_includes})
  get_filename_component(name ${file} NAME_WE)
  string(APPEND cases "namespace ${name} {\n#include \"${file}\"\n}\n")
endforeach()
list(REMOVE_DUPLICATES includes)  # which do nothing the second time, in the namespaces
list(JOIN includes "\n" includes)
file(WRITE ${OUTPUT}/all.cpp "${includes}\n${cases}")

string(REPLACE "," ";" folders "${FOLDERS}")
list(TRANSFORM folders PREPEND -isystem)
if(COMPILER MATCHES "clang")
  set(all_errors -ferror-limit=0)
endif()
set(command ${COMPILER} -std=c++20 -fsyntax-only ${all_errors} ${folders} ${OUTPUT}/all.cpp)
execute_process(COMMAND ${command} RESULT_VARIABLE status ERROR_VARIABLE said)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the right forms were to compile, but: ${said}")
endif()
execute_process(COMMAND ${command} -DWRONG RESULT_VARIABLE status ERROR_VARIABLE said)
if(status EQUAL 0)
  message(FATAL_ERROR "the wrong forms compiled")
endif()
file(WRITE ${OUTPUT}/said.txt "${said}")
