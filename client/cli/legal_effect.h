// The legal effect of an item for one destination, as tables.
#ifndef COMITY_CLIENT_CLI_LEGAL_EFFECT_H_
#define COMITY_CLIENT_CLI_LEGAL_EFFECT_H_

#include <string>

#include "client/cli/output.h"
#include "comity/v1/legal_effect.pb.h"

namespace comity::cli {

// Where to, in the law's own words: "NS Column 2", "Macau, D:1 excluding A:5", "every
// destination", and the words around it.
std::string DestinationsText(const v1::Destinations& destinations);

// A row for each reason for control and each rule, for `code`: all that is answered but the
// texts.
Table LegalEffectTable(const std::string& code, const v1::LegalEffect& effect);

// Authority by authority: the reasons for control, the exceptions, the rules that bear on it,
// and what it was all resolved with.
void ShowLegalEffect(const std::string& code, const v1::LegalEffect& effect, const Output& output);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_LEGAL_EFFECT_H_
