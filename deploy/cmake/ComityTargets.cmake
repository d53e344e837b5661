# comity_library(NAME DEPS...): one library per folder, made of the folder's own
# .cc files. NAME is the folder's path with '_' for '/'. What is listed in DEPS
# is all that the folder may include: tests/tidy checks it.
function(comity_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ARGN})
    if(CLI11::CLI11 IN_LIST ARGN)
      comity_precompile(${name} messages services commands)
    elseif(gRPC::grpc++ IN_LIST ARGN)
      comity_precompile(${name} messages services)
    else()
      comity_precompile(${name} messages)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARGN})
  endif()
endfunction()

# comity_test(NAME DEPS...): one GoogleTest binary made of the folder's *_test.cc.
# It finds its fixtures under COMITY_TESTDATA.
function(comity_test name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARGN} GTest::gmock GTest::gtest_main)
  if("${ARGN}" MATCHES "daemon_(access|peer|service|server)|client_(transport|internal|cli)")
    comity_precompile(${name} messages services tests)
  else()
    comity_precompile(${name} messages tests)
  endif()
  target_compile_definitions(${name} PRIVATE
    COMITY_TESTDATA="${CMAKE_SOURCE_DIR}/tests/testdata"
    COMITY_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    COMITY_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS unit)
  add_dependencies(unit_tests ${name})
endfunction()

# comity_core_test(NAME DEPS...): a unit test of the core that touches no disk, network or
# thread: of label "core" too, which continuous integration runs once more under sanitizers.
function(comity_core_test name)
  comity_test(${name} ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS "unit;core")
  add_dependencies(core_tests ${name})
endfunction()

# Everything that the tests of label "core" need, and nothing more.
add_custom_target(core_tests)
# Everything that the tests of label "unit" need, and nothing more.
add_custom_target(unit_tests)
