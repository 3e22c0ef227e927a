# Installs the libraries, their headers and the package files; nothing of this machine's paths goes into them. Each
# library has an export file of its own, so that find_package(cspgan COMPONENTS inference) needs only what that one does.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(cspgan_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/cspgan)
foreach(component IN LISTS cspgan_components ITEMS cspgan)
  set(target cspgan_${component})
  if(component STREQUAL "cspgan")
    set(target cspgan)
  endif()
  install(TARGETS ${target} EXPORT ${target}
          ARCHIVE COMPONENT library LIBRARY COMPONENT library RUNTIME COMPONENT library
          FILE_SET HEADERS COMPONENT library)
  install(EXPORT ${target} FILE cspgan-${component}.cmake NAMESPACE cspgan:: DESTINATION ${cspgan_package_folder}
          COMPONENT library)
endforeach()

set(cspgan_heif_package "")
if(CSPGAN_HEIF)
  set(cspgan_heif_package Heif)
endif()
list(JOIN cspgan_components ", " cspgan_components_text)
configure_package_config_file(cmake/cspganConfig.cmake.in ${PROJECT_BINARY_DIR}/package/cspganConfig.cmake
                              INSTALL_DESTINATION ${cspgan_package_folder} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may change the API.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/cspganConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/cspganConfig.cmake ${PROJECT_BINARY_DIR}/package/cspganConfigVersion.cmake
              cmake/FindLibTorch.cmake cmake/FindWebP.cmake cmake/FindCairo.cmake cmake/FindHeif.cmake cmake/FindZip.cmake
        DESTINATION ${cspgan_package_folder} COMPONENT library)
