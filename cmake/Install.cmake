# Installs the library, its headers and its package files; nothing of this machine's paths goes into them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(cspgan_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/cspgan)
set(cspgan_installed_targets cspgan)
if(TARGET cspgan_programs)
  list(APPEND cspgan_installed_targets cspgan_programs)
endif()
install(TARGETS ${cspgan_installed_targets} EXPORT cspgan
        ARCHIVE COMPONENT library LIBRARY COMPONENT library RUNTIME COMPONENT library
        FILE_SET HEADERS COMPONENT library)
install(EXPORT cspgan FILE cspganTargets.cmake NAMESPACE cspgan:: DESTINATION ${cspgan_package_folder} COMPONENT library)

configure_package_config_file(cmake/cspganConfig.cmake.in ${PROJECT_BINARY_DIR}/package/cspganConfig.cmake
                              INSTALL_DESTINATION ${cspgan_package_folder} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may change the API.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/cspganConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/cspganConfig.cmake ${PROJECT_BINARY_DIR}/package/cspganConfigVersion.cmake
              cmake/FindLibTorch.cmake cmake/FindWebP.cmake cmake/FindCairo.cmake
        DESTINATION ${cspgan_package_folder} COMPONENT library)
