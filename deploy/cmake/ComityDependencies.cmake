# Every library comes from Debian 12. OpenSSL and Protobuf have no CONFIG package
# there; Protobuf must be found before gRPC.

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Protobuf MODULE REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(RocksDB CONFIG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(EXPAT REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SMARTCOLS REQUIRED IMPORTED_TARGET smartcols)

# libcsv ships no CMake or pkg-config file.
find_library(COMITY_LIBCSV csv REQUIRED)
find_path(COMITY_LIBCSV_INCLUDE csv.h REQUIRED)
add_library(comity_libcsv INTERFACE)
target_link_libraries(comity_libcsv INTERFACE ${COMITY_LIBCSV})
target_include_directories(comity_libcsv INTERFACE ${COMITY_LIBCSV_INCLUDE})
