# Compiler settings shared by every target, and the functions that declare rooms and programs.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_COMPILE_OPTIONS_PIE -fPIC) # programs may then read a library's precompiled header
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2")

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(TANDEM_CCACHE ccache)
  if(TANDEM_CCACHE)
    # The tests' precompiled header can be cached when ccache may look past its time stamps.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
                                    CCACHE_SLOPPINESS=pch_defines,time_macros ${TANDEM_CCACHE})
  endif()
endif()

# -ffp-contract=off: an expression must give the same bits alone and fused, so an FMA is written,
# never contracted. Sections let the linker drop what a lean runtime never names.
add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -ffp-contract=off
                    # In the Python module too, a thread-local is one load away (apply() reads several).
                    -ftls-model=initial-exec
                    -ffunction-sections -fdata-sections -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
add_link_options(-Wl,--gc-sections)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  find_program(TANDEM_LLD NAMES ld.lld-19 ld.lld)
  if(TANDEM_LLD)
    add_link_options(--ld-path=${TANDEM_LLD})
  endif()
  # The address of an undefined variable names its member: base/reflect.h.
  add_compile_options(-Wno-undefined-var-template)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 takes the unused end of a Dims, which nobody reads, for uninitialized values.
  add_compile_options(-Wno-maybe-uninitialized)
endif()
if((TANDEM_SANITIZE OR TANDEM_LEAN) AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  # The kernels for one target.
  add_compile_options(-march=haswell -maes -mpclmul) # all that Highway asks for its AVX2
  add_compile_definitions(HWY_COMPILE_ONLY_STATIC)
endif()
if(TANDEM_LEAN)
  # Errors are raised by a jump: base/attempt.h.
  add_compile_options(-fno-exceptions $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti> -fno-unwind-tables
                      -fno-asynchronous-unwind-tables)
  set(CMAKE_CXX_FLAGS_RELEASE "-Os")
endif()
if(TANDEM_SANITIZE)
  # -O1: the suite is there in minutes, and what the sanitizers look for is in every target alike.
  add_compile_options(-O1)
  add_compile_options(-fsanitize=${TANDEM_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TANDEM_SANITIZE})
endif()
if(TANDEM_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Highway compiles every kernel once a target; each target costs a compilation of every kernel
# file, so the list is short: baseline (EMU128 with clang, SCALAR with g++), SSE4, AVX2, AVX-512.
add_compile_definitions("HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_AVX3_DL)")

# Reading headers took half the time of a build, so targets that read the same share a precompiled
# header: tandem_precompile(TARGET HEADERS...) makes one, tandem_precompiled_by(OWNER TARGETS...) lends
# it. Sources include what they need all the same: the g++ preset builds them without.
set(TANDEM_STANDARD_HEADERS
    <algorithm> <array> <atomic> <cmath> <condition_variable> <cstdint> <cstring> <functional> <map>
    <memory> <mutex> <numeric> <optional> <set> <span> <stdexcept> <string> <string_view> <thread>
    <tuple> <unordered_map> <unordered_set> <utility> <variant> <vector>)
function(tandem_precompile target)
  target_precompile_headers(${target} PRIVATE ${TANDEM_STANDARD_HEADERS} ${ARGN})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp") # for ccache
  endif()
endfunction()
function(tandem_precompiled_by owner)
  foreach(target ${ARGN})
    target_precompile_headers(${target} REUSE_FROM ${owner})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    endif()
  endforeach()
endfunction()

# Code that runs once a call, not once a number, is compiled for size, which takes a quarter less
# time, and reads its headers from room ops, which is such code too.
function(tandem_compile_for_size)
  foreach(target ${ARGN})
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os>)
    if(NOT target STREQUAL "tandem_ops")
      tandem_precompiled_by(tandem_ops ${target})
    endif()
  endforeach()
endfunction()

# Files compiled together share what they include and instantiate (room cli: 51 s in batches of 16, 62
# in batches of 8); a change in one compiles its neighbours again. What a file keeps to itself, in an
# unnamed namespace, has a name of its own in the room.
option(TANDEM_UNITY_BUILD "Compile the files of a room in batches" ON)
function(tandem_unite target batch)
  if(TANDEM_UNITY_BUILD)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${batch})
    # Files that include themselves once a SIMD target stay alone.
    get_target_property(sources ${target} SOURCES)
    foreach(source ${sources})
      get_filename_component(source ${source} ABSOLUTE)
      file(STRINGS ${source} itself REGEX "define HWY_TARGET_INCLUDE" LIMIT_COUNT 1)
      if(itself)
        set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
      endif()
    endforeach()
  endif()
endfunction()

# tandem_room(NAME USES rooms... LIBRARIES targets...): the static library of folder tandem/NAME.
function(tandem_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tandem/${name}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$") # a program's
  if(sources)
    add_library(tandem_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(tandem_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_compile_features(tandem_${name} ${scope} cxx_std_20)
  target_include_directories(tandem_${name} ${scope} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                             $<INSTALL_INTERFACE:include>)
  # Gradient rules name autograd, which a program that has none need not link: they are dropped.
  target_link_options(tandem_${name} INTERFACE $<INSTALL_INTERFACE:-Wl,--gc-sections>)
  list(TRANSFORM ROOM_USES PREPEND tandem_)
  target_link_libraries(tandem_${name} ${scope} ${ROOM_USES} ${ROOM_LIBRARIES})
  if(sources)
    if(name MATCHES "^(ops|cpu)$") # who changes an op waits for seven others
      tandem_unite(tandem_${name} 8)
    else()
      tandem_unite(tandem_${name} 16)
    endif()
  endif()
  if(TANDEM_LEAN AND name STREQUAL "cpu")
    target_compile_options(tandem_cpu PRIVATE -O2)
  endif()
endfunction()
