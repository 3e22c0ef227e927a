# Finds libzip and defines the imported target Zip::Zip. The CMake files of Debian's package name programs that only
# another package brings. Used by our own build and, installed, by cspganConfig.cmake.
find_path(Zip_INCLUDE_DIR NAMES zip.h)
find_library(Zip_LIBRARY NAMES zip)
mark_as_advanced(Zip_INCLUDE_DIR Zip_LIBRARY)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Zip REQUIRED_VARS Zip_LIBRARY Zip_INCLUDE_DIR)
if(Zip_FOUND AND NOT TARGET Zip::Zip)
  add_library(Zip::Zip UNKNOWN IMPORTED GLOBAL)
  set_target_properties(Zip::Zip PROPERTIES IMPORTED_LOCATION ${Zip_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${Zip_INCLUDE_DIR})
endif()
