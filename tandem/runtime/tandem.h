/* Tandem's C interface: open a program file, run its programs, train with them, save the state.
 *
 *   tandem_model* model;
 *   tandem_session* session;
 *   if (tandem_model_open_file("digits.tandem", &model) != TANDEM_OK ||
 *       tandem_session_create(model, NULL, &session) != TANDEM_OK)
 *     fprintf(stderr, "%s\n", tandem_error_message());
 *   tandem_tensor image = {sizeof image, TANDEM_U8, 3, {1, 28, 28}, pixels, 784};
 *   tandem_tensor probabilities = {sizeof probabilities, TANDEM_F32, 2, {1, 10}, p, sizeof p};
 *   tandem_session_run(session, "predict", &image, 1, &probabilities, 1);
 *
 * Training is running a program that updates state, such as "train_step".
 *
 * Every function that can fail gives a status; tandem_error_message() then says what was passed and
 * what was expected. Handles are opaque and closed by whoever opened them; a function that fails to
 * open one gives NULL. Closing NULL, or twice, does nothing; any other use of a closed handle is an
 * error, TANDEM_ERROR_VALUE, and a call that another thread is in ends as if it were open. Structs
 * begin with their size, so that later versions may append members. Tensors are row-major. A model
 * may be used by several threads at once; runs of one session wait for each other. */
#ifndef TANDEM_RUNTIME_TANDEM_H
#define TANDEM_RUNTIME_TANDEM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TANDEM_ABI_VERSION 1
#define TANDEM_MAX_RANK 12

/* The version that the library was built with; callers compare it with TANDEM_ABI_VERSION. */
uint32_t tandem_abi_version(void);

typedef enum tandem_status {
  TANDEM_OK = 0,
  TANDEM_ERROR_SHAPE = 1,       /* shapes or sizes that do not fit */
  TANDEM_ERROR_INDEX = 2,       /* a name or an index that is not there */
  TANDEM_ERROR_DTYPE = 3,       /* an element type that is not taken */
  TANDEM_ERROR_VALUE = 4,       /* any other argument, NULL among them */
  TANDEM_ERROR_IO = 5,          /* files */
  TANDEM_ERROR_FORMAT = 6,      /* a file that is not what it claims to be */
  TANDEM_ERROR_UNSUPPORTED = 7, /* no kernel */
  TANDEM_ERROR_MEMORY = 8       /* none left */
} tandem_status;

/* Of the calling thread's last call that failed, never NULL; valid until its next one that does. */
const char* tandem_error_message(void);

typedef enum tandem_dtype {
  TANDEM_BOOL,
  TANDEM_U8,
  TANDEM_I8,
  TANDEM_I16,
  TANDEM_I32,
  TANDEM_I64,
  TANDEM_F16,
  TANDEM_BF16,
  TANDEM_F32,
  TANDEM_F64
} tandem_dtype;

typedef struct tandem_model tandem_model;     /* an opened file */
typedef struct tandem_session tandem_session; /* its programs with a state of their own */

/* Elements in the caller's memory, or in the session's where a function says so. */
typedef struct tandem_tensor {
  uint32_t size; /* sizeof(tandem_tensor) */
  tandem_dtype dtype;
  int32_t rank;
  int64_t shape[TANDEM_MAX_RANK];
  void* data;
  size_t bytes; /* of data: at least what the shape needs */
} tandem_tensor;

/* What a program takes or gives. Strings live as long as the model. */
typedef struct tandem_tensor_info {
  uint32_t size; /* sizeof(tandem_tensor_info) */
  tandem_dtype dtype;
  int32_t rank;
  int64_t shape[TANDEM_MAX_RANK]; /* -1: a symbolic dim, which `type` names */
  const char* name;
  const char* type; /* "f32[b, 10]" */
} tandem_tensor_info;

/* Reads the file and checks all of it, hashes included, before anything can run. */
tandem_status tandem_model_open_file(const char* path, tandem_model** model);
/* The bytes are copied. */
tandem_status tandem_model_open_memory(const void* data, size_t bytes, tandem_model** model);
void tandem_model_close(tandem_model* model);

/* Programs, and the inputs and outputs of each, by their number from 0. */
size_t tandem_model_program_count(const tandem_model* model);
/* NULL when there is no such program. Lives as long as the model. */
const char* tandem_model_program_name(const tandem_model* model, size_t program);
/* 0 when there is no such program. */
size_t tandem_model_input_count(const tandem_model* model, const char* program);
size_t tandem_model_output_count(const tandem_model* model, const char* program);
tandem_status tandem_model_input(const tandem_model* model, const char* program, size_t input,
                                 tandem_tensor_info* info);
tandem_status tandem_model_output(const tandem_model* model, const char* program, size_t output,
                                  tandem_tensor_info* info);
/* An asset's bytes, such as "labels"; they live as long as the model. */
tandem_status tandem_model_asset(const tandem_model* model, const char* name, const void** data,
                                 size_t* bytes);

typedef struct tandem_session_options {
  uint32_t size;   /* sizeof(tandem_session_options) */
  uint32_t plans;  /* how many shapes are kept planned; 0: 16 */
  uint64_t budget; /* bytes that a run may need altogether; 0: no limit */
  /* Not 0: weights that no program updates are laid out for the kernels once, which takes more
   * memory and less time in each run. Then write to them by tandem_session_state_load alone. */
  uint32_t pack_weights;
} tandem_session_options;

/* Begins with the state that stands in the file; options may be NULL. The session keeps what it
 * needs of the model, which may be closed. */
tandem_status tandem_session_create(const tandem_model* model,
                                    const tandem_session_options* options,
                                    tandem_session** session);
void tandem_session_close(tandem_session* session);

/* For inputs of these types and shapes (data is not read): the outputs' dtype, rank, shape and
 * bytes, and, unless NULL, the bytes that everything together needs in a run. */
tandem_status tandem_session_bind(tandem_session* session, const char* program,
                                  const tandem_tensor* inputs, size_t input_count,
                                  tandem_tensor* outputs, size_t output_count, uint64_t* required);

/* Runs a program; outputs are written to their data, which overlaps nothing else (an error) and has
 * the shapes that tandem_session_bind gives. The state is updated. After the first run for these
 * shapes nothing is allocated. */
tandem_status tandem_session_run(tandem_session* session, const char* program,
                                 const tandem_tensor* inputs, size_t input_count,
                                 const tandem_tensor* outputs, size_t output_count);

/* A state by name, in the session's memory: what the next runs read and write. */
tandem_status tandem_session_state(tandem_session* session, const char* name, tandem_tensor* state);
/* Writes a program file with the programs, the assets and the state as it is now. */
tandem_status tandem_session_state_save(tandem_session* session, const char* path);
/* Takes the state of such a file. Nothing changes where one is missing or has another type. */
tandem_status tandem_session_state_load(tandem_session* session, const char* path);

#ifdef __cplusplus
}
#endif

#endif
