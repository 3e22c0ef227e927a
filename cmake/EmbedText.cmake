# Compiles text files into a target: cspgan_embed_text(target file...) makes each of them available to the target's
# sources as one C++ string literal, by #include "embedded/<name of the file>.inc".
function(cspgan_embed_text target)
  set(folder ${CMAKE_BINARY_DIR}/embedded_text)  # the same below any project, for compiler caches
  foreach(file ${ARGN})
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    cmake_path(GET file FILENAME name)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} text)
    file(WRITE ${folder}/new/${name}.inc "R\"embedded(${text})embedded\"\n")
    configure_file(${folder}/new/${name}.inc ${folder}/embedded/${name}.inc COPYONLY)
  endforeach()
  target_include_directories(${target} PRIVATE $<BUILD_INTERFACE:${folder}>)
endfunction()
