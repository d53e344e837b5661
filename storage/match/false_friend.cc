#include "storage/match/false_friend.h"

#include <array>

namespace comity {
namespace {

struct FalseFriend {
  std::string_view code;
  const char* eu_family;
  const char* us;
};

constexpr std::array<FalseFriend, 19> kFalseFriends = {{
    {"1C111.c.1", "a reference to the military list", "reserved"},
    {"1C236.b", "compounds of radionuclides", "products with such radionuclides"},
    {"1C240.b", "porous nickel made of the powder of 1C240.a", "single sheets of porous nickel"},
    {"1C351.a.25", "Lassa virus", "Lujo virus"},
    {"2B201.a", "machine tools for milling", "machine tools for turning"},
    {"2B201.b", "machine tools for grinding", "machine tools for milling"},
    {"2B201.c", "machine tools for turning", "machine tools for grinding"},
    {"2B350.d.5", "wetted parts of nickel", "wetted parts of tantalum"},
    {"6A205.a", "argon ion lasers", "copper vapour lasers"},
    {"6A205.b", "tunable dye laser oscillators", "argon ion lasers"},
    {"6A205.c", "dye laser amplifiers", "neodymium-doped lasers"},
    {"6A205.d", "pulsed carbon dioxide lasers", "tunable dye laser oscillators"},
    {"6A205.e", "para-hydrogen Raman shifters", "dye laser amplifiers"},
    {"6A205.f", "neodymium-doped lasers", "alexandrite lasers"},
    {"6A205.g", "pulsed carbon monoxide lasers", "pulsed carbon dioxide lasers"},
    {"9A106.b", "no longer used", "rocket nozzles"},
    {"9A106.e", "combustion chambers and nozzles", "servo valves for flight control"},
    {"9A115", "launch support equipment", "devices and vehicles for transport and launching"},
    {"9A120", "propellant tanks", "whole unmanned aerial vehicles"},
}};

}  // namespace

bool IsFalseFriend(std::string_view canonical) {
  for (const FalseFriend& one : kFalseFriends) {
    if (canonical.substr(0, one.code.size()) != one.code) continue;
    if (canonical.size() == one.code.size() || canonical[one.code.size()] == '.') return true;
  }
  return false;
}

}  // namespace comity
