/* Runs a program of a file with the runtime alone: no C++, no autograd, no modules.
 *
 *   run_program digits.tandem                           what is in it
 *   run_program digits.tandem predict image.bin         an input a file: its elements, row-major
 *   run_program --time digits.tandem predict image.bin  and what of it takes how long
 *
 * Symbolic dims are 1, but for one that the size of its file tells. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tandem/runtime/tandem.h"

static void check(tandem_status status) {
  if (status == TANDEM_OK) return;
  fprintf(stderr, "%s\n", status == TANDEM_ERROR_MEMORY ? "out of memory" : tandem_error_message());
  exit(1);
}

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void* allocate(size_t bytes) {
  void* p = calloc(bytes ? bytes : 1, 1);
  if (!p) check(TANDEM_ERROR_MEMORY);
  return p;
}

static size_t element_size(tandem_dtype dtype) {
  static const size_t sizes[] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8};
  return sizes[dtype];
}

static void list_programs(const tandem_model* model) {
  for (size_t p = 0; p < tandem_model_program_count(model); ++p) {
    const char* name = tandem_model_program_name(model, p);
    tandem_tensor_info info = {.size = sizeof info};
    printf("%s(", name);
    for (size_t i = 0; i < tandem_model_input_count(model, name); ++i) {
      check(tandem_model_input(model, name, i, &info));
      printf("%s%s: %s", i ? ", " : "", info.name, info.type);
    }
    printf(") -> (");
    for (size_t o = 0; o < tandem_model_output_count(model, name); ++o) {
      check(tandem_model_output(model, name, o, &info));
      printf("%s%s: %s", o ? ", " : "", info.name, info.type);
    }
    printf(")\n");
  }
}

/* The file's bytes; the first symbolic dim takes what they leave open. */
static tandem_tensor read_input(const tandem_tensor_info* info, const char* path) {
  FILE* file = fopen(path, "rb");
  long bytes = -1;
  if (file && fseek(file, 0, SEEK_END) == 0) bytes = ftell(file);
  if (bytes < 0 || fseek(file, 0, SEEK_SET) != 0) {
    perror(path);
    exit(1);
  }
  tandem_tensor t = {.size = sizeof t, .dtype = info->dtype, .rank = info->rank};
  int64_t known = (int64_t)element_size(info->dtype);
  int open = -1;
  for (int d = 0; d < info->rank; ++d) {
    t.shape[d] = info->shape[d] < 0 ? 1 : info->shape[d];
    if (info->shape[d] < 0 && open < 0) open = d;
    known *= t.shape[d];
  }
  if (open >= 0 && known > 0) t.shape[open] = bytes / known;
  t.bytes = (size_t)bytes;
  t.data = allocate(t.bytes);
  if (fread(t.data, 1, t.bytes, file) != t.bytes) {
    perror(path);
    exit(1);
  }
  fclose(file);
  return t;
}

static void print_output(const char* name, const tandem_tensor* t) {
  const size_t count = t->bytes / element_size(t->dtype);
  printf("%s: [", name);
  for (int d = 0; d < t->rank; ++d) printf("%s%lld", d ? ", " : "", (long long)t->shape[d]);
  printf("]");
  for (size_t i = 0; i < count && i < 20; ++i) {
    switch (t->dtype) {
      case TANDEM_F32:
        printf(" %g", ((const float*)t->data)[i]);
        break;
      case TANDEM_F64:
        printf(" %g", ((const double*)t->data)[i]);
        break;
      case TANDEM_I64:
        printf(" %lld", (long long)((const int64_t*)t->data)[i]);
        break;
      case TANDEM_I32:
        printf(" %d", ((const int32_t*)t->data)[i]);
        break;
      case TANDEM_U8:
      case TANDEM_BOOL:
        printf(" %d", ((const uint8_t*)t->data)[i]);
        break;
      case TANDEM_I16:
        printf(" %d", ((const int16_t*)t->data)[i]);
        break;
      case TANDEM_I8:
        printf(" %d", ((const int8_t*)t->data)[i]);
        break;
      case TANDEM_F16:
      case TANDEM_BF16: /* C has no such type: the bits */
        printf(" 0x%04x", ((const uint16_t*)t->data)[i]);
        break;
    }
  }
  printf(count > 20 ? " ...\n" : "\n");
}

int main(int argc, char** argv) {
  const double start = now_ms();
  const int timed = argc > 1 && strcmp(argv[1], "--time") == 0;
  if (timed) --argc, ++argv;
  if (argc < 2) {
    fprintf(stderr, "usage: run_program [--time] FILE [PROGRAM INPUT ...]\n");
    return 2;
  }
  tandem_model* model;
  check(tandem_model_open_file(argv[1], &model));
  const double opened = now_ms();
  if (argc == 2) {
    list_programs(model);
    tandem_model_close(model);
    return 0;
  }
  const char* program = argv[2];
  const size_t inputs = tandem_model_input_count(model, program);
  const size_t outputs = tandem_model_output_count(model, program);
  if ((size_t)argc != 3 + inputs) {
    fprintf(stderr, "%s takes %zu inputs, got %d files\n", program, inputs, argc - 3);
    return 2;
  }
  tandem_tensor* in = allocate(inputs * sizeof *in);
  tandem_tensor* out = allocate(outputs * sizeof *out);
  tandem_tensor_info info = {.size = sizeof info};
  for (size_t i = 0; i < inputs; ++i) {
    check(tandem_model_input(model, program, i, &info));
    in[i] = read_input(&info, argv[3 + i]);
  }
  for (size_t o = 0; o < outputs; ++o) out[o].size = sizeof *out;

  tandem_session* session;
  uint64_t required;
  check(tandem_session_create(model, NULL, &session));
  check(tandem_session_bind(session, program, in, inputs, out, outputs, &required));
  const double bound = now_ms();
  for (size_t o = 0; o < outputs; ++o) out[o].data = allocate(out[o].bytes);
  check(tandem_session_run(session, program, in, inputs, out, outputs));
  const double ran = now_ms();
  if (timed)
    printf("open %.3f ms, bind %.3f ms, run %.3f ms: %.3f ms\n", opened - start, bound - opened,
           ran - bound, ran - start);
  printf("%s needs %llu bytes\n", program, (unsigned long long)required);
  for (size_t o = 0; o < outputs; ++o) {
    check(tandem_model_output(model, program, o, &info));
    print_output(info.name, &out[o]);
    free(out[o].data);
  }
  for (size_t i = 0; i < inputs; ++i) free(in[i].data);
  free(in);
  free(out);
  tandem_session_close(session);
  tandem_model_close(model);
  return 0;
}
