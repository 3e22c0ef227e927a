# Finds cairo, with its SVG surface, and defines the imported target Cairo::cairo. Debian's package has no CMake files of
# its own. Used by our own build and, installed, by cspganConfig.cmake.
find_path(Cairo_INCLUDE_DIR NAMES cairo-svg.h PATH_SUFFIXES cairo)
find_library(Cairo_LIBRARY NAMES cairo)
mark_as_advanced(Cairo_INCLUDE_DIR Cairo_LIBRARY)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Cairo REQUIRED_VARS Cairo_LIBRARY Cairo_INCLUDE_DIR)
if(Cairo_FOUND AND NOT TARGET Cairo::cairo)
  add_library(Cairo::cairo UNKNOWN IMPORTED GLOBAL)
  set_target_properties(Cairo::cairo PROPERTIES IMPORTED_LOCATION ${Cairo_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${Cairo_INCLUDE_DIR})
endif()
