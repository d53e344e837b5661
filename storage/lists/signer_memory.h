// Whether this daemon may trust its own memory of what it signed.
//
// A database can come back older than it was: an old copy put back, files lost with the
// head anchor beside them. Whoever signed on from there would fork its own log. So after
// every start a daemon first asks those who hold what it signed.
#ifndef COMITY_STORAGE_LISTS_SIGNER_MEMORY_H_
#define COMITY_STORAGE_LISTS_SIGNER_MEMORY_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "storage/log/roster.h"

namespace comity {

// Not thread-safe. Borrows the roster.
class SignerMemory {
 public:
  // `participant` is the one that signs, `peers` those it exchanges with.
  SignerMemory(const Roster* roster, std::string participant, std::vector<std::string> peers)
      : roster_(roster), participant_(std::move(participant)), peers_(std::move(peers)) {}

  // The participant said, in one complete answer since the start, what it holds.
  void Hear(const std::string& participant);
  // An operator takes the answer for the rest on himself.
  void Release() { released_ = true; }
  bool released() const { return released_; }

  // How many of the others of `audience` (empty: the federation) must have been heard:
  // n - q + 1 of n participants with quorum q, so that every quorum is met; all peers,
  // where fewer can be asked because others are reached through them alone.
  size_t Needed(const std::vector<std::string>& audience) const;
  // Whether so many were heard, or an operator released it.
  bool Settled(const std::vector<std::string>& audience) const;
  // Whom of the audience nothing was heard of, by name.
  std::vector<std::string> Awaited(const std::vector<std::string>& audience) const;
  // The peers of the audience that run a daemon.
  std::vector<std::string> Voters(const std::vector<std::string>& audience) const;

 private:
  // Those of the audience that run a daemon, this one aside.
  std::vector<std::string> Others(const std::vector<std::string>& audience) const;

  const Roster* const roster_;
  const std::string participant_;
  const std::vector<std::string> peers_;
  std::set<std::string> heard_;
  bool released_ = false;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_SIGNER_MEMORY_H_
