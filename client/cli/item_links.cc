#include "client/cli/item_links.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/entry_text.h"

namespace comity::cli {

Table LinksTable(const google::protobuf::RepeatedPtrField<v1::LinkedItem>& links) {
  Table table{{"FROM", "TO", "DEGREE", "ORIGIN", "HELD IN", "SOURCE", "TEXT"}, {}, {"TEXT"}, {}};
  for (const v1::LinkedItem& link : links) {
    const auto add = [&](const std::string& held, const std::string& text) {
      table.rows.push_back({SideText(link.from()), SideText(link.to()), link.degree(),
                            link.origin(), held, link.source_citation(), text});
    };
    for (const v1::AuthorityItem& item : link.items()) {
      add(item.list(), TextOf(item.entry()));
    }
    if (link.items().empty()) add("", link.note());
  }
  return table;
}

void ShowArrangement(const v1::ArrangementView& view, const Output& output) {
  std::map<std::string, std::vector<std::string>> by_state;
  for (const v1::ArrangementMember& member : view.members()) {
    by_state[member.state().empty() ? member.role() : member.state()].push_back(
        member.participant());
  }
  const auto line = [&](const char* state, const char* words) {
    if (by_state.contains(state)) {
      output.Line(absl::StrCat("  ", words, ": ", absl::StrJoin(by_state[state], ", ")));
    }
  };
  // The words of divergence.
  output.Line(absl::StrCat("Within ", view.title().empty() ? view.id() : view.title(), ":"));
  line("listed", "list it");
  line("linked", "list it under another number");
  line("below", "list paragraphs below it alone");
  line("not listed", "do not list it");
  line("reserved", "do not list it, the entry is a placeholder");
  line("decontrolled", "do not list it, the entry says that it is no longer controlled");
  line("pending", "do not list it yet");
  line("ended", "list it no longer");
  line("within", "cannot say: an entry above it, which their list does not divide, may cover it");
  line("rule", "cannot say: no entry, and a rule that bears on it");
  line("other numbering", "cannot say: their list numbers in another way there");
  line("cannot say", "cannot say: more entries are held than are compared at once");
  line("no list held", "no list of theirs is held here");
  line("supporter", "supporters, not asked");
  line("observer", "observers, not asked");
  if (!view.as_if().empty()) {
    output.Line(absl::StrCat("As if ", view.as_if(), " joined: ", view.change(), " (",
                             view.explanation(), ")"));
  }
}

}  // namespace comity::cli
