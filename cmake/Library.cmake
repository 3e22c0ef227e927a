# cspgan_library(<name> ROOMS <folder>... LINKS <target>... [PRIVATE_LINKS <target>...]) makes cspgan::<name> from
# src/<room>/ and include/cspgan/<room>/. The sources of a room are compiled together unless CSPGAN_UNITY is off.
function(cspgan_library name)
  cmake_parse_arguments(PARSE_ARGV 1 library "" "" "ROOMS;LINKS;PRIVATE_LINKS")
  set(target cspgan_${name})
  add_library(${target})
  add_library(cspgan::${name} ALIAS ${target})
  foreach(room IN LISTS library_ROOMS)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${room}/*.cpp)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/cspgan/${room}/*.hpp)
    target_sources(${target} PRIVATE ${sources})
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${headers})
    set_source_files_properties(${sources} PROPERTIES UNITY_GROUP ${room})
  endforeach()
  # Each instruction set is a source of its own: they compile side by side, and their pragmas stay out of other code.
  file(GLOB kernel_targets CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/targets/*.cpp)
  set_source_files_properties(${kernel_targets} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON
                              COMPILE_OPTIONS "${CSPGAN_KERNELS_FLAGS}")
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${library_LINKS}
                        PRIVATE ${library_PRIVATE_LINKS} $<BUILD_INTERFACE:cspgan_private_dependencies>
                                $<BUILD_INTERFACE:cspgan_warnings>)
  # Objects are the same in a static and in a shared library. What src/ alone knows is hidden; public headers open their
  # namespace with default visibility. Before 1.0 a minor version may change the binary interface.
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON DEFINE_SYMBOL ""
                        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON VERSION ${PROJECT_VERSION}
                        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                        UNITY_BUILD ${CSPGAN_UNITY} UNITY_BUILD_MODE GROUP)
  set(cspgan_components ${cspgan_components} ${name} PARENT_SCOPE)
endfunction()
