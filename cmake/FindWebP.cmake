# Finds libwebp with its encoder and its muxer and defines the imported target WebP::mux for both. Debian's package has
# no CMake files of its own. Used by our own build and, installed, by cspganConfig.cmake.
find_path(WebP_INCLUDE_DIR NAMES webp/mux.h)
find_library(WebP_LIBRARY NAMES webp)
find_library(WebP_MUX_LIBRARY NAMES webpmux)
mark_as_advanced(WebP_INCLUDE_DIR WebP_LIBRARY WebP_MUX_LIBRARY)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(WebP REQUIRED_VARS WebP_LIBRARY WebP_MUX_LIBRARY WebP_INCLUDE_DIR)
if(WebP_FOUND AND NOT TARGET WebP::mux)
  add_library(WebP::mux UNKNOWN IMPORTED GLOBAL)
  set_target_properties(WebP::mux PROPERTIES IMPORTED_LOCATION ${WebP_MUX_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${WebP_INCLUDE_DIR}
                        INTERFACE_LINK_LIBRARIES ${WebP_LIBRARY})
endif()
