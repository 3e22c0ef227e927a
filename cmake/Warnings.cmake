# Warnings for our own sources; never exported.
option(CSPGAN_WARNINGS_AS_ERRORS "Treat warnings as errors" OFF)
add_library(cspgan_warnings INTERFACE)
target_compile_options(cspgan_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                       $<$<BOOL:${CSPGAN_WARNINGS_AS_ERRORS}>:-Werror>)
