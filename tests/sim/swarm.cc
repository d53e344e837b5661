#include "tests/sim/swarm.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/sim/prng.h"

namespace comity::sim {
namespace {

// About 2,000 times as long: 6 hours for 10 seconds.
constexpr int64_t kLongScale = 2'000;

// The last ones of WorldNames, which look at trust.
constexpr size_t kTrustWorlds = 3;

void DrawTrust(Prng& prng, uint64_t seed, Swarm& swarm) {
  swarm.misfortune_every = 0;
  swarm.daemons = std::max(swarm.daemons, 4);
  swarm.statuses = true;
  swarm.held = prng.Chance(500);
  if (swarm.world == "evidence") {
    swarm.rogue = Rogue::kEquivocates;
    swarm.prompt_within = 20 * kSecond;
  } else if (swarm.world == "collusion") {
    // With an equivocating authority, or alone; the liar is not the authority itself.
    swarm.topology = Topology::kMesh;
    swarm.daemons = std::max(swarm.daemons, 5);
    swarm.liars = 2;
    if (seed % 2 == 0) swarm.rogue = Rogue::kEquivocates;
    swarm.authorities = std::min(swarm.authorities, swarm.daemons - 2);
    swarm.crashes = prng.Chance(300);
    swarm.misfortune_every = swarm.crashes ? 4 * kSecond : 0;
    swarm.clock_jumps = prng.Chance(300);
  } else {
    swarm.frozen = true;
    swarm.loss = static_cast<int>(prng.Below(200));
    swarm.cuts = swarm.partitions = prng.Chance(500);
    swarm.misfortune_every = swarm.cuts ? 4 * kSecond : 0;
  }
}

void DrawShape(Prng& prng, Swarm& swarm) {
  swarm.daemons = static_cast<int>(prng.Chance(700) ? prng.Between(3, 5) : prng.Between(6, 9));
  swarm.authorities = static_cast<int>(prng.Between(1, std::min(5, swarm.daemons)));
  swarm.topology = static_cast<Topology>(prng.Below(5));
  // 1: everyone must be heard before a signer signs; else a majority holds.
  swarm.quorum = prng.Chance(400) ? 1 : swarm.daemons / 2 + 1;
}

void DrawSnapshots(Prng& prng, Swarm& swarm) {
  swarm.snapshot_from = prng.Between(4, 64);
  swarm.snapshot_page = prng.Between(1, 4'000);
  swarm.old_wire = prng.Chance(200);
}

void DrawFaults(Prng& prng, Swarm& swarm) {
  swarm.loss = prng.Chance(700) ? static_cast<int>(prng.Below(301)) : 0;
  swarm.duplicates = prng.Chance(600) ? static_cast<int>(prng.Below(501)) : 0;
  swarm.delay_max = prng.Between(1'000, 800'000);
  swarm.misfortune_every = prng.Between(1, 4) * kSecond;
  swarm.cuts = prng.Chance(500);
  swarm.partitions = prng.Chance(500);
  swarm.crashes = prng.Chance(600);
  swarm.full_disks = prng.Chance(400);
  swarm.slow_disks = prng.Chance(300);
  swarm.failing_commits = prng.Chance(400);
  swarm.misreads = prng.Chance(200);
  swarm.clock_jumps = prng.Chance(300);
  swarm.memory_loss = prng.Chance(350);
  swarm.late_join = prng.Chance(300);
  swarm.restricted = prng.Chance(300);
  swarm.wide = prng.Chance(200);
  if (prng.Chance(300)) swarm.scale = kLongScale;
  if (prng.Chance(300)) swarm.liars = 1 + (swarm.daemons > 4 && prng.Chance(300) ? 1 : 0);
  if (prng.Chance(150)) swarm.rogue = static_cast<Rogue>(prng.Between(1, 9));
  if (prng.Chance(300)) DrawSnapshots(prng, swarm);
}

void DrawRosters(Prng& prng, Swarm& swarm) {
  swarm.rosters = static_cast<int>(prng.Between(1, 4));
  // Elsewhere who leaves would cut others off.
  if (swarm.topology != Topology::kMesh || swarm.daemons < 4) return;
  swarm.joins = prng.Chance(400);
  swarm.leaves = prng.Chance(400);
  if (swarm.joins) {
    swarm.late_join = false;
    swarm.authorities = std::min(swarm.authorities, swarm.daemons - 1);
  }
}

void Peace(Swarm& swarm) {
  Swarm calm;
  calm.world = swarm.world;
  calm.daemons = swarm.daemons;
  calm.authorities = swarm.authorities;
  calm.quorum = swarm.quorum;
  calm.topology = swarm.topology;
  calm.real_signatures = swarm.real_signatures;
  calm.held = swarm.held;
  calm.work_every = swarm.work_every;
  swarm = calm;
}

}  // namespace

const std::vector<std::string>& WorldNames() {
  static const auto* const names =
      new std::vector<std::string>{"any", "swarm", "calm", "hostile", "rogue", "equivocation",
                                   "crash", "partition", "memory", "disk", "audience", "snapshot",
                                   "roster",
                                   // Not drawn by "any".
                                   "evidence", "collusion", "frozen"};
  return *names;
}

Swarm DrawSwarm(uint64_t seed, const std::string& world) {
  Prng prng(seed, "swarm");
  Swarm swarm;
  swarm.world = world;
  const uint64_t pick = prng.Below(16);
  if (world == "any") {
    // Half are drawn freely, the rest look at one thing each.
    const std::vector<std::string>& names = WorldNames();
    swarm.world = pick + 2 < names.size() - kTrustWorlds ? names[pick + 2] : "swarm";
  }
  swarm.real_signatures = prng.Below(20) == 0;
  swarm.held = prng.Chance(500);
  DrawShape(prng, swarm);
  constexpr int64_t kPaces[] = {1, 4, 10, 20};
  swarm.work_every = kPaces[prng.Below(4)] * kSecond;
  DrawFaults(prng, swarm);
  if (swarm.world == "swarm") {
    // Whoever lost its memory is told by peers of its own roster: one thing at a time.
    if (!swarm.memory_loss && swarm.rogue == Rogue::kNone && prng.Chance(400)) {
      DrawRosters(prng, swarm);
    }
    return swarm;
  }
  Peace(swarm);
  swarm.misfortune_every = 2 * kSecond;
  if (swarm.world == "calm") {
    swarm.topology = Topology::kMesh;
    swarm.prompt_within = 3 * kSecond;
    swarm.misfortune_every = 0;
  } else if (swarm.world == "hostile") {
    swarm.topology = Topology::kMesh;
    swarm.daemons = std::max(swarm.daemons, 4);
    swarm.authorities = std::min(swarm.authorities, swarm.daemons - 1);
    swarm.liars = 1;
    swarm.prompt_within = 30 * kSecond;
    swarm.misfortune_every = 0;
  } else if (swarm.world == "rogue") {
    swarm.rogue = static_cast<Rogue>(1 + seed % 8);
    swarm.misfortune_every = 0;
  } else if (swarm.world == "equivocation") {
    swarm.daemons = std::max(swarm.daemons, 4);
    swarm.rogue = Rogue::kEquivocates;
    swarm.crashes = true;
  } else if (swarm.world == "crash") {
    swarm.crashes = swarm.failing_commits = swarm.misreads = true;
    swarm.wide = prng.Chance(500);
    swarm.loss = static_cast<int>(prng.Below(100));
  } else if (swarm.world == "partition") {
    swarm.cuts = swarm.partitions = true;
    swarm.scale = kLongScale;
    swarm.loss = static_cast<int>(prng.Below(300));
  } else if (swarm.world == "memory") {
    swarm.topology = Topology::kMesh;
    swarm.memory_loss = swarm.late_join = true;
    swarm.cuts = swarm.partitions = prng.Chance(700);
    swarm.held = true;
  } else if (swarm.world == "disk") {
    swarm.full_disks = swarm.slow_disks = swarm.misreads = swarm.crashes = true;
  } else if (swarm.world == "audience") {
    swarm.restricted = true;
    swarm.crashes = true;
    swarm.held = true;
  } else if (swarm.world == "snapshot") {
    DrawSnapshots(prng, swarm);
    swarm.late_join = swarm.memory_loss = true;
    // Much goes wrong, and slowly, so that it does so between two parts.
    swarm.crashes = true;
    swarm.misfortune_every = kSecond;
    swarm.delay_max = prng.Between(20'000, 800'000);
    swarm.cuts = prng.Chance(500);
    swarm.loss = static_cast<int>(prng.Below(200));
    swarm.wide = prng.Chance(500);
    swarm.held = true;
    if (prng.Chance(500)) {
      swarm.daemons = std::max(swarm.daemons, 4);
      swarm.liars = 1;
      // Whoever begins a list may ask the liar first.
      swarm.authorities = std::min(swarm.authorities, 2);
      swarm.topology = Topology::kMesh;
    }
  } else if (swarm.world == "roster") {
    swarm.held = prng.Chance(800);
    swarm.crashes = prng.Chance(700);
    swarm.cuts = swarm.partitions = prng.Chance(600);
    swarm.full_disks = prng.Chance(200);
    swarm.loss = static_cast<int>(prng.Below(150));
    swarm.delay_max = prng.Between(1'000, 800'000);
    swarm.late_join = prng.Chance(300);
    if (prng.Chance(300)) DrawSnapshots(prng, swarm);
    if (prng.Chance(700)) swarm.topology = Topology::kMesh;
    if (swarm.topology == Topology::kMesh && prng.Chance(400)) {
      swarm.daemons = std::max(swarm.daemons, 4);
      swarm.authorities = std::min(swarm.authorities, swarm.daemons - 1);
      swarm.liars = 1;
    }
    DrawRosters(prng, swarm);
  } else if (swarm.world == "evidence" || swarm.world == "collusion" || swarm.world == "frozen") {
    DrawTrust(prng, seed, swarm);
  }
  return swarm;
}

void LimitDaemons(Swarm& swarm, int daemons) {
  swarm.daemons = std::min(swarm.daemons, daemons);
  swarm.authorities = std::min(swarm.authorities, swarm.daemons);
  swarm.liars = std::min(swarm.liars, swarm.daemons - 1);
  if (swarm.daemons < 4) swarm.joins = swarm.leaves = false;
  if (swarm.joins) swarm.authorities = std::min(swarm.authorities, swarm.daemons - 1);
  if (swarm.quorum > 1) swarm.quorum = swarm.daemons / 2 + 1;
}

std::vector<std::vector<int>> Swarm::Neighbours() const {
  std::vector<std::vector<int>> links(daemons);
  const auto join = [&](int a, int b) {
    if (a == b) return;
    for (const int known : links[a]) {
      if (known == b) return;
    }
    links[a].push_back(b);
    links[b].push_back(a);
  };
  for (int a = 0; a < daemons; ++a) {
    for (int b = a + 1; b < daemons; ++b) {
      const bool same_half = (a < daemons / 2) == (b < daemons / 2);
      const bool bridge = a == daemons / 2 - 1 && b == daemons / 2;
      switch (topology) {
        case Topology::kMesh:
          join(a, b);
          break;
        case Topology::kLine:
          if (b == a + 1) join(a, b);
          break;
        case Topology::kRing:
          if (b == a + 1 || (a == 0 && b == daemons - 1)) join(a, b);
          break;
        case Topology::kStar:
          if (a == 0) join(a, b);
          break;
        case Topology::kBridge:
          if (same_half || bridge) join(a, b);
          break;
      }
    }
  }
  return links;
}

std::string Swarm::ToString() const {
  static constexpr const char* kShapes[] = {"mesh", "line", "ring", "star", "bridge"};
  std::string text =
      absl::StrCat(world, ": ", daemons, " daemons in a ", kShapes[static_cast<int>(topology)],
                   ", ", authorities, " authorities, quorum ", quorum, ", loss ", loss,
                   " in 1000, duplicates ", duplicates, " in 1000");
  const auto add = [&](bool on, const char* name) {
    if (on) absl::StrAppend(&text, ", ", name);
  };
  add(cuts, "cuts");
  add(partitions, "partitions");
  add(crashes, "crashes");
  add(full_disks, "full disks");
  add(slow_disks, "slow disks");
  add(failing_commits, "failing commits");
  add(misreads, "misreads");
  add(clock_jumps, "clock jumps");
  add(memory_loss, "lost memory");
  add(late_join, "a late join");
  add(restricted, "restricted lists");
  add(liars > 0, "lying relays");
  add(rogue != Rogue::kNone, rogue == Rogue::kEquivocates ? "equivocation" : "a rogue authority");
  add(snapshot_from > 0, "snapshots");
  add(old_wire, "old wire versions");
  add(statuses, "statuses");
  add(frozen, "a frozen authority");
  if (rosters > 0) absl::StrAppend(&text, ", ", rosters, " more rosters");
  add(joins, "a participant that joins");
  add(leaves, "one that leaves");
  add(scale > 1, "long times");
  add(real_signatures, "real signatures");
  return text;
}

}  // namespace comity::sim
