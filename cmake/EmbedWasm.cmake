# Compiles a C file to WebAssembly with SIMD: cspgan_embed_wasm(target file.c) makes it available to the target's sources
# as a C++ string literal of hexadecimal digits, by #include "embedded/<name>.wasm.inc". It is empty if there is no clang
# with lld beside it (on Debian: apt install clang lld).
function(cspgan_embed_wasm target file)
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  cmake_path(GET file STEM name)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  set(folder ${CMAKE_BINARY_DIR}/embedded_text)
  set(wasm ${folder}/new/${name}.wasm)
  file(MAKE_DIRECTORY ${folder}/new)
  set(digits "")
  foreach(version "" -20 -19 -18 -17 -16 -15 -14)
    find_program(clang NAMES clang${version} NO_CACHE)
    if(clang)
      execute_process(COMMAND ${clang} --target=wasm32 -std=c11 -nostdlib -ffreestanding -msimd128 -O3 -Wl,--no-entry
                              -Wl,--import-memory -Wl,--strip-all -Wl,--stack-first -Wl,-z,stack-size=16384
                              -o ${wasm} ${file}
                      RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
      if(NOT failed)
        file(READ ${wasm} digits HEX)
        break()
      endif()
    endif()
    unset(clang)
  endforeach()
  if(NOT digits)
    message(STATUS "No clang with lld makes WebAssembly: exported web pages compute in JavaScript, several times slower")
  endif()
  file(WRITE ${folder}/new/${name}.wasm.inc "\"${digits}\"\n")
  configure_file(${folder}/new/${name}.wasm.inc ${folder}/embedded/${name}.wasm.inc COPYONLY)
endfunction()
