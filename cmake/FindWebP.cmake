# Finds libwebp with its muxer and its demuxer and defines the imported targets WebP::mux and WebP::demux, each with
# libwebp itself. Debian's package has no CMake files of its own. Used by our own build and, installed, by cspganConfig.cmake.
find_path(WebP_INCLUDE_DIR NAMES webp/mux.h)
find_library(WebP_LIBRARY NAMES webp)
find_library(WebP_MUX_LIBRARY NAMES webpmux)
find_library(WebP_DEMUX_LIBRARY NAMES webpdemux)
mark_as_advanced(WebP_INCLUDE_DIR WebP_LIBRARY WebP_MUX_LIBRARY WebP_DEMUX_LIBRARY)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(WebP REQUIRED_VARS WebP_LIBRARY WebP_MUX_LIBRARY WebP_DEMUX_LIBRARY
                                  WebP_INCLUDE_DIR)
foreach(part mux demux)
  if(WebP_FOUND AND NOT TARGET WebP::${part})
    string(TOUPPER ${part} name)
    add_library(WebP::${part} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(WebP::${part} PROPERTIES IMPORTED_LOCATION ${WebP_${name}_LIBRARY}
                          INTERFACE_INCLUDE_DIRECTORIES ${WebP_INCLUDE_DIR}
                          INTERFACE_LINK_LIBRARIES ${WebP_LIBRARY})
  endif()
endforeach()
