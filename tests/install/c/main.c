/* Opens the program file that is named: the runtime in it is whole. */
#include <stdio.h>

#include "tandem/runtime/tandem.h"

int main(int argc, char** argv) {
  tandem_model* model = NULL;
  const char* path = argc > 1 ? argv[1] : "nowhere.tandem";
  if (tandem_model_open_file(path, &model) != TANDEM_OK) {
    fprintf(stderr, "%s\n", tandem_error_message());
    return 1;
  }
  printf("%s: %zu programs\n", path, tandem_model_program_count(model));
  tandem_model_close(model);
  return 0;
}
