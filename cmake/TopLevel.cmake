# Defaults for a build of cspgan itself; a project that adds this folder keeps its own.
get_property(is_multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(NOT CMAKE_BUILD_TYPE AND NOT is_multi_config)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release or RelWithDebInfo" FORCE)
endif()
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)  # installed programs find LibTorch where the build did

# Paths below this folder are cached as relative ones, so that another clone of it finds what this one compiled. Decided
# once for a build folder: a compiler cache that is installed later must not make all of it compile again.
find_program(CSPGAN_CCACHE ccache DOC "The compiler cache")
mark_as_advanced(CSPGAN_CCACHE)
if(CSPGAN_CCACHE AND NOT DEFINED CACHE{CSPGAN_LAUNCHER})
  set(CSPGAN_LAUNCHER "${CMAKE_COMMAND};-E;env;CCACHE_BASEDIR=${PROJECT_SOURCE_DIR};${CSPGAN_CCACHE}" CACHE INTERNAL "")
elseif(NOT DEFINED CACHE{CSPGAN_LAUNCHER})
  set(CSPGAN_LAUNCHER "" CACHE INTERNAL "")
endif()
if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CSPGAN_LAUNCHER})
endif()
