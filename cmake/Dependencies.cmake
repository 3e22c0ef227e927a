# Finds what cspgan is built from; each missing package is named with the command that brings it.
set(CSPGAN_LIBTORCH_MINIMUM 2.11)
# A project that adds this folder links our targets from its own folders, so they have to be seen there.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)
find_package(LibTorch ${CSPGAN_LIBTORCH_MINIMUM} REQUIRED)
find_package(Threads REQUIRED)

find_package(fmt QUIET)
find_package(hwy QUIET)
find_package(nlohmann_json QUIET)
find_package(JPEG QUIET)
find_package(PNG QUIET)
find_package(GIF QUIET)
find_package(WebP QUIET)
find_package(Cairo QUIET)
find_package(CLI11 QUIET)
find_path(CSPGAN_STB_INCLUDE_DIR NAMES stb_image.h PATH_SUFFIXES stb)
find_path(CSPGAN_XXHASH_INCLUDE_DIR NAMES xxhash.h)
find_path(CSPGAN_TOMLPLUSPLUS_INCLUDE_DIR NAMES toml++/toml.h)

function(cspgan_require condition package debian)
  if(NOT ${condition})
    message(FATAL_ERROR "cspgan needs ${package}; on Debian or Ubuntu: apt install ${debian} (or run scripts/setup.sh)")
  endif()
endfunction()
cspgan_require(fmt_FOUND fmt libfmt-dev)
cspgan_require(nlohmann_json_FOUND nlohmann-json nlohmann-json3-dev)
cspgan_require(CLI11_FOUND CLI11 libcli11-dev)
cspgan_require(hwy_FOUND "Highway (hwy)" libhwy-dev)
cspgan_require(JPEG_FOUND libjpeg-turbo libjpeg-dev)
cspgan_require(PNG_FOUND libpng libpng-dev)
cspgan_require(GIF_FOUND giflib libgif-dev)
cspgan_require(WebP_FOUND libwebp libwebp-dev)
cspgan_require(Cairo_FOUND cairo libcairo2-dev)
if(CSPGAN_HEIF)
  find_package(Heif QUIET)
  cspgan_require(Heif_FOUND "libheif, for CSPGAN_HEIF," libheif-dev)
endif()
cspgan_require(CSPGAN_STB_INCLUDE_DIR stb_image libstb-dev)
cspgan_require(CSPGAN_XXHASH_INCLUDE_DIR xxHash libxxhash-dev)
cspgan_require(CSPGAN_TOMLPLUSPLUS_INCLUDE_DIR toml++ libtomlplusplus-dev)

# Header-only (the other libraries are linked by the rooms that use them), and used in .cpp files alone:
# nothing of this reaches the installed headers. LibTorch's wheel carries fmt's headers too, newer ones that win, so
# fmt's compiled library would not fit: header-only it is.
add_library(cspgan_private_dependencies INTERFACE)
target_link_libraries(cspgan_private_dependencies INTERFACE fmt::fmt-header-only nlohmann_json::nlohmann_json CLI11::CLI11)
target_include_directories(cspgan_private_dependencies SYSTEM INTERFACE
  ${CSPGAN_STB_INCLUDE_DIR} ${CSPGAN_XXHASH_INCLUDE_DIR} ${CSPGAN_TOMLPLUSPLUS_INCLUDE_DIR})
