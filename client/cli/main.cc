// comity: publish, query and watch control lists.
#include "client/cli/app.h"

int main(int argc, char** argv) { return comity::cli::Run(argc, argv); }
