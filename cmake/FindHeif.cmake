# Finds libheif and defines the imported target Heif::Heif. Debian's package has no CMake files of its own. Used by our own
# build and, installed, by cspganConfig.cmake.
find_path(Heif_INCLUDE_DIR NAMES libheif/heif.h)
find_library(Heif_LIBRARY NAMES heif)
mark_as_advanced(Heif_INCLUDE_DIR Heif_LIBRARY)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Heif REQUIRED_VARS Heif_LIBRARY Heif_INCLUDE_DIR)
if(Heif_FOUND AND NOT TARGET Heif::Heif)
  add_library(Heif::Heif UNKNOWN IMPORTED GLOBAL)
  set_target_properties(Heif::Heif PROPERTIES IMPORTED_LOCATION ${Heif_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${Heif_INCLUDE_DIR})
endif()
