# Installs the library of the build BUILD to the new folder PREFIX and searches its package files for FOLDERS (separated by commas).
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} --config "${CONFIG}" --component library
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

file(GLOB_RECURSE package_files ${PREFIX}/*.cmake)
if(NOT package_files)
  message(FATAL_ERROR "no package files below ${PREFIX}")
endif()
string(REPLACE "," ";" folders "${FOLDERS}")
foreach(file IN LISTS package_files)
  file(READ ${file} text)
  foreach(folder IN LISTS folders)
    string(FIND "${text}" "${folder}" found)
    if(NOT found EQUAL -1)
      message(FATAL_ERROR "${file} holds ${folder}")
    endif()
  endforeach()
endforeach()
