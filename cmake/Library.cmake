# cspgan_library(<name> ROOMS <room>[+<room>...]... LINKS <target>... [PRIVATE_LINKS <target>...]) makes cspgan::<name>
# from src/<room>/ and include/cspgan/<room>/. Unless CSPGAN_UNITY is off, the sources of a room, or of rooms joined by
# +, are compiled together, by a file that includes them: LibTorch's headers take the compiler 12 s each time.
function(cspgan_library name)
  cmake_parse_arguments(PARSE_ARGV 1 library "" "" "ROOMS;LINKS;PRIVATE_LINKS")
  set(target cspgan_${name})
  add_library(${target})
  add_library(cspgan::${name} ALIAS ${target})
  foreach(group IN LISTS library_ROOMS)
    set(sources "")
    string(REPLACE "+" ";" rooms ${group})
    foreach(room IN LISTS rooms)
      file(GLOB_RECURSE room_sources CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/src/${room}/*.cpp)
      if(room STREQUAL "kernels")  # all but those on LibTorch's tensors
        list(FILTER room_sources EXCLUDE REGEX "^kernels/tensors/")
      endif()
      list(APPEND sources ${room_sources})
      file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/cspgan/${room}/*.hpp)
      target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${headers})
    endforeach()
    # Each instruction set is a source of its own: they compile side by side, and their pragmas stay out of other code.
    set(alone ${sources})
    list(FILTER alone INCLUDE REGEX "^kernels/targets/")
    list(REMOVE_ITEM sources ${alone})
    if(CSPGAN_UNITY)
      string(REGEX REPLACE "[+/]" "_" file ${group})
      set(file ${CMAKE_BINARY_DIR}/unity/${file}.cpp)
      list(TRANSFORM sources REPLACE "(.+)" "#include \"\\1\"" OUTPUT_VARIABLE text)
      list(JOIN text "\n" text)
      file(CONFIGURE OUTPUT ${file} CONTENT "${text}\n" @ONLY)
      target_sources(${target} PRIVATE ${file})
    else()
      list(APPEND alone ${sources})
    endif()
    list(TRANSFORM alone PREPEND ${PROJECT_SOURCE_DIR}/src/)
    target_sources(${target} PRIVATE ${alone})
  endforeach()
  file(GLOB kernel_targets CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/targets/*.cpp)
  set_source_files_properties(${kernel_targets} PROPERTIES COMPILE_OPTIONS "${CSPGAN_KERNELS_FLAGS}")
  # Few processors are so old that they have no better ones: the compiler need not take pains.
  list(FILTER kernel_targets INCLUDE REGEX "/(baseline|sse4)\\.cpp$")
  set_source_files_properties(${kernel_targets} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-O2>;${CSPGAN_KERNELS_FLAGS}")
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${library_LINKS}
                        PRIVATE ${library_PRIVATE_LINKS} $<BUILD_INTERFACE:cspgan_warnings>)
  if(library_LINKS)  # all but the runtime, which knows no LibTorch
    target_link_libraries(${target} PRIVATE cspgan::openmp $<BUILD_INTERFACE:cspgan_private_dependencies>)
  endif()
  if(CSPGAN_UNITY)  # the warning takes an included source for a header
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
  # at::parallel_for is a template of LibTorch's headers: without this it runs on one thread, silently.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU,Clang>:-fopenmp>)
  # Objects are the same in a static and in a shared library. Symbols are hidden unless a header opens its namespace
  # with default visibility, as all public ones do, and src/core/checks.hpp for cspgan's other libraries. Before 1.0 a
  # minor version may change the binary interface.
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON DEFINE_SYMBOL ""
                        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON VERSION ${PROJECT_VERSION}
                        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                        INSTALL_RPATH "$ORIGIN")
  set(cspgan_components ${cspgan_components} ${name} PARENT_SCOPE)
endfunction()
