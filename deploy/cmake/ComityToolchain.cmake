# Compiler settings that every target shares.

# What is compiled for a library and for a program is compiled alike, so that both can begin with
# the same precompiled headers.
set(CMAKE_CXX_COMPILE_OPTIONS_PIE ${CMAKE_CXX_COMPILE_OPTIONS_PIC})

# -Wrestrict: g++ 12 reports it falsely for "text" + std::string (GCC bug 105329).
add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -Wno-restrict -fno-omit-frame-pointer
                    -fstack-protector-strong -fstack-clash-protection)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(CMAKE_UNITY_BUILD)
  add_compile_options(-Wno-subobject-linkage)  # takes files that are compiled together for headers
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64")
  add_compile_options(-fcf-protection)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2")  # no NDEBUG: assertions stay on in production
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
add_link_options(-Wl,-z,relro,-z,now)

set(COMITY_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, comma separated")
if(COMITY_SANITIZE)
  add_compile_options(-fsanitize=${COMITY_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${COMITY_SANITIZE})
endif()

find_program(COMITY_MOLD mold)
if(COMITY_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
find_program(COMITY_CCACHE ccache)
if(COMITY_CCACHE)
  add_compile_options(-fpch-preprocess)  # by which ccache knows a precompiled header
  set(CMAKE_CXX_COMPILER_LAUNCHER ${COMITY_CCACHE})
endif()
