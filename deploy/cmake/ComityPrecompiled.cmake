# Precompiled headers: without them two thirds of a build go into reading the same headers of
# the standard library, Abseil, Protocol Buffers and gRPC again and again.
#
# Every file goes on including what it uses: the builds under sanitizers do without
# (COMITY_PRECOMPILE), and so would a compiler that takes none of these.
option(COMITY_PRECOMPILE "Read the headers of libraries once, not for each file" ON)

# Targets that link gRPC are compiled with -pthread, and so are the headers of services: those
# targets have to name them, or the compiler says that it did not use what it was given.
#
# comity_precompile(TARGET HEADERS...): TARGET's files begin with these headers, which are named
# as in deploy/cmake/precompiled. What some target begins with is compiled once for all of them.
function(comity_precompile target)
  if(NOT COMITY_PRECOMPILE)
    return()
  endif()
  list(JOIN ARGN _ set)
  set(owner precompiled_${set})
  if(NOT TARGET ${owner})
    set(libraries_of_messages proto absl::flat_hash_map absl::inlined_vector absl::status
        absl::statusor absl::strings)
    set(libraries_of_services proto_grpc)
    set(libraries_of_commands CLI11::CLI11 nlohmann_json::nlohmann_json)
    set(libraries_of_tests GTest::gmock)
    set(empty ${CMAKE_BINARY_DIR}/precompiled/${set}.cc)
    if(NOT EXISTS ${empty})
      file(WRITE ${empty} "")
    endif()
    add_library(${owner} OBJECT ${empty})
    foreach(part IN LISTS ARGN)
      target_link_libraries(${owner} PRIVATE ${libraries_of_${part}})
      target_precompile_headers(${owner} PRIVATE ${CMAKE_SOURCE_DIR}/deploy/cmake/precompiled/${part}.h)
    endforeach()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()
