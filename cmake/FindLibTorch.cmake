# Finds LibTorch and defines the imported target `torch`. Used by our own build and, installed, by cspganConfig.cmake.
#
# In this order: a target `torch` that the project has already; Torch_DIR and CMAKE_PREFIX_PATH; the wheel in the build
# folder's virtual environment; the wheel of the Python on the PATH. Sets LibTorch_FOUND and LibTorch_VERSION.
# find_package(LibTorch 2.11 REQUIRED) ends in one sentence that says what to do where there is none.

# The folder that holds Torch/TorchConfig.cmake in `python`'s site-packages, or "" (without importing torch: that takes seconds).
function(cspgan_torch_of_python python result)
  set(${result} "" PARENT_SCOPE)
  if(python AND EXISTS ${python})
    execute_process(
      COMMAND ${python} -c "import importlib.util as u, os; print(os.path.dirname(u.find_spec('torch').origin))"
      OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
    if(status EQUAL 0 AND EXISTS ${folder}/share/cmake/Torch/TorchConfig.cmake)
      set(${result} ${folder}/share/cmake PARENT_SCOPE)
    endif()
  endif()
endfunction()

# The version that the headers of target `torch` state; the package's own variable is out of sight in some scopes.
function(cspgan_torch_version result)
  set(${result} "" PARENT_SCOPE)
  get_target_property(folders torch INTERFACE_INCLUDE_DIRECTORIES)
  foreach(folder IN LISTS folders)
    foreach(header torch/headeronly/version.h torch/version.h)
      if(EXISTS ${folder}/${header})
        file(STRINGS ${folder}/${header} lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
        if(lines MATCHES "MAJOR ([0-9]+).*MINOR ([0-9]+).*PATCH ([0-9]+)")
          set(${result} ${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3} PARENT_SCOPE)
          return()
        endif()
      endif()
    endforeach()
  endforeach()
endfunction()

# The package file of a CUDA build asks for a complete CUDA toolkit of its own version and ends the configuration without
# one, though nothing of ours is compiled by nvcc and a wheel brings the run-time libraries itself. So for such a build
# the target is made from the libraries. A project with CUDA sources of its own finds Torch before it finds cspgan.
function(cspgan_torch_from_libraries root)
  list(TRANSFORM ARGN PREPEND ${root}/lib/lib OUTPUT_VARIABLE libraries)
  list(TRANSFORM libraries APPEND .so)
  list(JOIN libraries "\",\"" kept)
  add_library(torch SHARED IMPORTED GLOBAL)
  set_target_properties(torch PROPERTIES
    IMPORTED_LOCATION ${root}/lib/libtorch.so
    INTERFACE_INCLUDE_DIRECTORIES "${root}/include;${root}/include/torch/csrc/api/include"
    INTERFACE_LINK_LIBRARIES "-Wl,--no-as-needed,\"${kept}\",--as-needed")
endfunction()

if(NOT TARGET torch)
  set(cspgan_torch_hints "")
  find_program(CSPGAN_PYTHON NAMES python3 python DOC "The Python whose LibTorch is used where no other is given")
  mark_as_advanced(CSPGAN_PYTHON)
  foreach(cspgan_python ${CMAKE_CURRENT_LIST_DIR}/../build/venv/bin/python3 ${CSPGAN_PYTHON})
    cspgan_torch_of_python(${cspgan_python} cspgan_torch_folder)
    if(cspgan_torch_folder)
      list(APPEND cspgan_torch_hints ${cspgan_torch_folder})
    endif()
  endforeach()

  if(Torch_DIR AND NOT EXISTS ${Torch_DIR}/TorchConfig.cmake)  # removed since the last configuration
    unset(Torch_DIR CACHE)
  endif()
  # Where TorchConfig.cmake is, without running it yet. What the user names comes before what Python has.
  find_path(Torch_DIR TorchConfig.cmake PATH_SUFFIXES Torch share/cmake/Torch lib/cmake/Torch
            PATHS ENV Torch_DIR DOC "The folder of TorchConfig.cmake")
  find_path(Torch_DIR TorchConfig.cmake PATH_SUFFIXES Torch HINTS ${cspgan_torch_hints} NO_DEFAULT_PATH)
  if(Torch_DIR)
    get_filename_component(cspgan_torch_root ${Torch_DIR}/../../.. ABSOLUTE)
    if(EXISTS ${cspgan_torch_root}/lib/libtorch_cuda.so)
      cspgan_torch_from_libraries(${cspgan_torch_root} torch_cpu torch_cuda c10 c10_cuda)
    endif()
  endif()
  if(Torch_DIR AND NOT TARGET torch)
    # Seen from every folder of the project, so that a parent of ours can link us. Its package warns of libraries that
    # static builds have: nothing a reader could act on.
    set(cspgan_targets_global ${CMAKE_FIND_PACKAGE_TARGETS_GLOBAL})
    set(cspgan_message_level ${CMAKE_MESSAGE_LOG_LEVEL})
    set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)
    set(CMAKE_MESSAGE_LOG_LEVEL ERROR)
    find_package(Torch QUIET)
    set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ${cspgan_targets_global})
    set(CMAKE_MESSAGE_LOG_LEVEL ${cspgan_message_level})
  endif()
endif()

set(LibTorch_FOUND FALSE)
set(LibTorch_VERSION "")
if(TARGET torch)
  cspgan_torch_version(LibTorch_VERSION)
  if(LibTorch_FIND_VERSION AND LibTorch_VERSION AND LibTorch_VERSION VERSION_LESS LibTorch_FIND_VERSION)
    set(cspgan_torch_problem "but the one found (${Torch_DIR}) is ${LibTorch_VERSION}")
  else()
    set(LibTorch_FOUND TRUE)
  endif()
else()
  set(cspgan_torch_problem "and found none")
endif()
# The OpenMP run time: our kernels run on the threads that LibTorch keeps, so it must be the very library that LibTorch
# has loaded. A wheel brings its own libgomp, at times under a name of its own, beside which a second one would start
# threads of its own.
if(LibTorch_FOUND AND NOT TARGET cspgan::openmp)
  get_filename_component(cspgan_torch_root ${Torch_DIR}/../../.. ABSOLUTE)
  file(GLOB cspgan_gomp ${cspgan_torch_root}/lib/libgomp*.so* ${cspgan_torch_root}/../torch.libs/libgomp*.so*)
  add_library(cspgan::openmp INTERFACE IMPORTED GLOBAL)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND cspgan_gomp)
    list(GET cspgan_gomp 0 cspgan_gomp)
    set_target_properties(cspgan::openmp PROPERTIES INTERFACE_LINK_LIBRARIES ${cspgan_gomp})
  else()
    find_package(OpenMP QUIET COMPONENTS CXX)
    if(TARGET OpenMP::OpenMP_CXX)
      set_target_properties(cspgan::openmp PROPERTIES INTERFACE_LINK_LIBRARIES OpenMP::OpenMP_CXX)
    endif()
  endif()
endif()
if(LibTorch_FOUND AND NOT LibTorch_FIND_QUIETLY AND NOT CSPGAN_TORCH_SHOWN STREQUAL "${Torch_DIR}")
  message(STATUS "LibTorch ${LibTorch_VERSION}: ${Torch_DIR}")
  set(CSPGAN_TORCH_SHOWN "${Torch_DIR}" CACHE INTERNAL "")
elseif(NOT LibTorch_FOUND)
  set(LibTorch_NOT_FOUND_MESSAGE
    "cspgan needs LibTorch ${LibTorch_FIND_VERSION} or newer, ${cspgan_torch_problem}: run scripts/setup.sh in cspgan's folder, or pass -DCMAKE_PREFIX_PATH=<libtorch> (for an installed wheel, the folder that python3 -c \"import torch; print(torch.utils.cmake_prefix_path)\" prints)")
  if(LibTorch_FIND_REQUIRED)
    message(FATAL_ERROR "${LibTorch_NOT_FOUND_MESSAGE}")
  elseif(NOT LibTorch_FIND_QUIETLY)
    message(STATUS "${LibTorch_NOT_FOUND_MESSAGE}")
  endif()
endif()
