# Which ops a lean build has: all, unless TANDEM_OPS names some, or TANDEM_PROGRAMS the program files
# that it will run. Everything that the others need is left out (tandem/ops/selected.h).
set(TANDEM_OPS "" CACHE STRING "Names of the ops to build; none here and in TANDEM_PROGRAMS: all")
set(TANDEM_PROGRAMS "" CACHE STRING "Program files, whose ops are built")

if((TANDEM_OPS OR TANDEM_PROGRAMS) AND NOT TANDEM_LEAN)
  message(FATAL_ERROR "TANDEM_OPS and TANDEM_PROGRAMS select the ops of a runtime, preset lean; "
                      "whoever calls ops from C++ or Python needs all")
endif()
set(selection ${TANDEM_OPS})
if(TANDEM_PROGRAMS)
  find_program(TANDEM_COMMAND tandem HINTS ${PROJECT_SOURCE_DIR}/build/release/bin
               DOC "The tandem command of this machine, which lists the ops of TANDEM_PROGRAMS")
  if(NOT TANDEM_COMMAND)
    message(FATAL_ERROR "TANDEM_PROGRAMS needs the tandem command, which lists a file's ops: "
                        "build preset release, or say where it is by -DTANDEM_COMMAND=")
  endif()
  foreach(program ${TANDEM_PROGRAMS})
    get_filename_component(program ${program} ABSOLUTE BASE_DIR ${PROJECT_SOURCE_DIR})
    execute_process(COMMAND ${TANDEM_COMMAND} ops ${program} OUTPUT_VARIABLE ops
                    COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCHALL "[a-z0-9_]+" ops "${ops}")
    list(APPEND selection ${ops})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${program})
  endforeach()
endif()
list(REMOVE_DUPLICATES selection)
list(SORT selection)

set(folder ${CMAKE_BINARY_DIR}/selection)
if(selection)
  list(LENGTH selection count)
  list(TRANSFORM selection REPLACE "(.+)" "    \"\\1\",\n" OUTPUT_VARIABLE names)
  list(JOIN names "" names)
  file(CONFIGURE OUTPUT ${folder}/tandem/ops/selection.h @ONLY
       CONTENT "// Written by cmake/TandemSelectOps.cmake.
#pragma once
#include <array>
#include <string_view>

namespace tandem {

inline constexpr std::array<std::string_view, @count@> selection = {
@names@};

}  // namespace tandem
")
  # Found before the header of this name that selects nothing, by those who ask: a new selection
  # compiles them alone.
  set(TANDEM_SELECTION_OPTIONS "-iquote${folder}")
  message(STATUS "Tandem with ${count} ops: ${selection}")
else()
  set(TANDEM_SELECTION_OPTIONS "")
endif()
