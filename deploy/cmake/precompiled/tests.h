// Beside messages and services: what the tests are made with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
