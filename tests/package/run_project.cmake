# Configures the project SOURCE in the new folder BINARY from the variables of CACHE_FILE, builds it, and runs each
# PROGRAM (separated by commas) that is named. With EXPECTED_ERROR, configuring has to fail and say that.
foreach(name CMAKE_PREFIX_PATH Torch_DIR CXXFLAGS LDFLAGS)
  unset(ENV{${name}})  # the project knows what its cache says, no more
endforeach()
file(REMOVE_RECURSE ${BINARY})

execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BINARY} -G ${GENERATOR} -C ${CACHE_FILE}
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(EXPECTED_ERROR)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")  # CMake breaks long sentences
  string(FIND "${output}" "${EXPECTED_ERROR}" found)
  if(status EQUAL 0 OR found EQUAL -1)
    message(FATAL_ERROR "configuring was to fail with \"${EXPECTED_ERROR}\", but ended with ${status} and said: ${output}")
  endif()
  return()
endif()
message("${output}")
if(NOT status EQUAL 0)
  message(FATAL_ERROR "configuring failed")
endif()

execute_process(COMMAND ${CMAKE_COMMAND} --build ${BINARY} COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "," ";" programs "${PROGRAM}")
foreach(program IN LISTS programs)
  execute_process(COMMAND ${BINARY}/${program} WORKING_DIRECTORY ${BINARY} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(REMOVE_RECURSE ${BINARY})
