// Divergences of items lists as people read them.
#ifndef COMITY_CLIENT_CLI_DIVERGENCE_TABLES_H_
#define COMITY_CLIENT_CLI_DIVERGENCE_TABLES_H_

#include <google/protobuf/repeated_field.h>

#include <string>

#include "client/cli/output.h"
#include "comity/v1/query_service.pb.h"

namespace comity::cli {

// Counts, then the matrix; that nothing can be compared, if so.
void ShowDivergenceSummary(const v1::DivergenceSummary& summary, const Output& output);

// A row for each two participants that are compared.
Table DivergencePairsTable(const v1::DivergenceSummary& summary);

// A row for each code.
Table DivergenceRowsTable(const google::protobuf::RepeatedPtrField<v1::DivergenceRow>& rows);

// A row for each entry under one code.
Table DivergenceEntriesTable(const v1::DivergenceRow& row);

// One code in full. `as_of`: as asked for.
void ShowDivergence(const v1::GetDivergenceResponse& response, const std::string& as_of,
                    const Output& output);

// A word diff on lines of text: "[-only left-] {+only right+}", and the same words as the left
// text has them.
std::string DiffText(const v1::TextDiff& diff);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_DIVERGENCE_TABLES_H_
