#include "tandem/cli/add_command.h"
#include "tandem/cli/program_commands.h"

namespace tandem::cli {
namespace {

void add_file(CLI::App* command, std::string& path) {
  command->add_option("file", path, "A program file, as digits.tandem")->required();
}
void add_program(CLI::App* command, std::string& program) {
  command->add_option("--program", program, "Which one; else `predict`, or the only one");
}
void add_sizes(CLI::App* command, std::vector<std::string>& sizes) {
  command->add_option("--shape", sizes, "Sizes of symbolic dims: b=1, or b=1 t=128")
      ->type_name("DIM=SIZE");
}

void add_pack_weights(CLI::App* command, bool& pack) {
  command->add_flag("--pack-weights", pack,
                    "Lay out once what products read in each run and nobody updates");
}

void add_verify(CLI::App& app, bool& json) {
  static VerifyProgramOptions options;
  CLI::App* command = add_command(
      app, "verify", "Check that a file's programs give the same numbers however they are run",
      "  tandem verify digits.tandem\n"
      "  tandem verify digits.tandem --size 7 --json\n\n"
      "Runs each program op by op and compiled, with each number of threads, with packed weights,\n"
      "on each SIMD target of this machine, and on aarch64 where qemu-user and a runner are\n"
      "installed. Bits must be equal wherever there is fused multiply-add; elsewhere what each op\n"
      "gives may differ by --tolerance, as a part of its largest value, from what it gives here "
      "for\n"
      "the same operands. On a difference it names the first op that differs, its line, operands "
      "and\n"
      "worst element, and exits with 1.",
      json, [&json] {
        options.json = json;
        if (!verify_program(options)) throw CLI::RuntimeError(1);
      });
  add_file(command, options.path);
  command->add_option("--size", options.size, "Of the first symbolic dim; each further one +1")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--seed", options.seed, "Of the inputs that are drawn")
      ->capture_default_str();
  command->add_option("--tolerance", options.tolerance, "Of an op, where bits are not promised")
      ->capture_default_str()
      ->check(above_zero);
  command
      ->add_option("--runner", options.runners,
                   "What scripts/build_verify_runner.sh built; else looked for beside tandem")
      ->type_name("aarch64=PATH")
      ->allow_extra_args(false);
  command->add_option("--values", options.values)->group("");  // between processes
}

void add_diff(CLI::App& app, bool& json) {
  static DiffOptions options;
  CLI::App* command = add_command(
      app, "diff", "Show how two program files differ: programs and weights",
      "  tandem diff before.tandem after.tandem\n"
      "  tandem diff a.tandem b.tandem --exit-code > /dev/null && echo the same\n"
      "  tandem diff a.safetensors b.safetensors    tensors alone\n\n"
      "Values of programs are compared by what they are, not by their numbers. A tensor's row\n"
      "shows its largest absolute difference, and the largest in ULPs: how many floating numbers\n"
      "lie between the two.",
      json, [&json] {
        options.json = json;
        if (!diff(options) && options.exit_code) throw CLI::RuntimeError(1);
      });
  command->add_option("a", options.a, "Before")->required();
  command->add_option("b", options.b, "After")->required();
  command->add_flag("--locations", options.locations, "Compare source lines too");
  command->add_flag("--exit-code", options.exit_code, "Exit with 1 where they differ");
}

void add_edit(CLI::App& app, bool& json) {
  static EditOptions options;
  CLI::App* command = add_command(
      app, "edit", "Read and change a file's programs as text",
      "  tandem edit digits.tandem                      in $VISUAL or $EDITOR\n"
      "  tandem edit digits.tandem --print > digits.txt\n"
      "  tandem edit digits.tandem --apply digits.txt --output mended.tandem\n\n"
      "The new text is checked against the state in the file before anything is written. "
      "Constants\n"
      "that are too large to stand in the text keep their elements. A signature is not carried\n"
      "over: sign the file again. docs/ir.md specifies the text.",
      json, [&json] {
        options.json = json;
        edit(options);
      });
  add_file(command, options.path);
  CLI::Option* print = command->add_flag("--print", options.print, "Print the text, and no more");
  command->add_option("--apply", options.apply, "Take the text from a file; -: standard input")
      ->excludes(print);
  command->add_option("-o,--output", options.output, "Write another file instead")->excludes(print);
}

void add_shipping(CLI::App& app, bool& json) {
  static ExtractOptions extracting;
  CLI::App* extract_app =
      add_command(app, "extract", "Write a file of some of a file's programs, to ship",
                  "  tandem extract digits.tandem --program predict -o predict.tandem\n\n"
                  "Of the state, what those programs name goes with them; assets all do.",
                  json, [&json] {
                    extracting.json = json;
                    extract(extracting);
                  });
  add_file(extract_app, extracting.path);
  extract_app->add_option("--program", extracting.programs, "Which")->required();
  extract_app->add_option("-o,--output", extracting.output, "The file to write")->required();

  static OpsOptions listing;
  CLI::App* ops_app =
      add_command(app, "ops", "List the ops that the runtime needs for program files",
                  "  tandem ops predict.tandem\n"
                  "  tandem ops digits.tandem --program predict\n\n"
                  "What a runtime is built with that has these ops alone: docs/small-runtime.md.",
                  json, [&json] {
                    listing.json = json;
                    ops(listing);
                  });
  ops_app->add_option("files", listing.paths, "Program files, as digits.tandem")->required();
  ops_app->add_option("--program", listing.programs, "Which; else all");
}

void add_signatures(CLI::App& app, bool& json) {
  static KeygenOptions keys;
  CLI::App* keygen_app = add_command(
      app, "keygen", "Make a pair of keys to sign program files with",
      "  tandem keygen release      writes release.private.pem and release.public.pem\n\n"
      "Keep the private key to yourself; give the public key to whoever is to verify your files.\n"
      "Keys are Ed25519 in PEM, as openssl reads and writes them.",
      json, [&json] {
        keys.json = json;
        keygen(keys);
      });
  keygen_app->add_option("prefix", keys.prefix, "What the two files' names begin with")->required();

  static SignOptions signing, verifying;
  CLI::App* sign_app =
      add_command(app, "sign", "Sign a program file",
                  "  tandem keygen release\n"
                  "  tandem sign digits.tandem --key release.private.pem\n\n"
                  "The signature covers every byte of programs, weights, assets and metadata.",
                  json, [&json] {
                    signing.json = json;
                    sign(signing);
                  });
  add_file(sign_app, signing.path);
  sign_app->add_option("--key", signing.key, "An Ed25519 private key, PEM")->required();

  CLI::App* verify_app =
      add_command(app, "verify-signature", "Is a program file as the owner of a key signed it?",
                  "  tandem verify-signature digits.tandem --key release.public.pem && ./deploy\n\n"
                  "Exits with 1 where it is not, and says why.",
                  json, [&json] {
                    verifying.json = json;
                    verify_signature(verifying);
                  });
  add_file(verify_app, verifying.path);
  verify_app->add_option("--key", verifying.key, "An Ed25519 public key, PEM")->required();
}

void add_run(CLI::App& app, bool& json) {
  static RunOptions options;
  CLI::App* command = add_command(
      app, "run", "Run a program of a file once",
      "  tandem run digits.tandem --input image.npy\n"
      "  tandem run digits.tandem --input image=x.npy --output probs=y.npy\n"
      "  tandem run digits.tandem --program train_step --input images=x.npy labels=y.npy \\\n"
      "      --save digits.tandem                       keeps the new state\n\n"
      "`tandem info FILE` says what a program takes. Outputs without a file are printed.",
      json, [&json] {
        options.json = json;
        run(options);
      });
  add_file(command, options.path);
  add_program(command, options.program);
  command->add_option("-i,--input", options.inputs, "npy files, a name before each")
      ->type_name("NAME=FILE");
  command->add_option("-o,--output", options.outputs, "Where outputs go, as npy")
      ->type_name("NAME=FILE");
  command->add_option("--save", options.save, "Write the file with its new state here");
}

void add_recordings(CLI::App& app, bool& json) {
  static RecordOptions recording;
  CLI::App* record_app = add_command(
      app, "record", "Keep the last steps of a program that goes wrong",
      "  tandem record net.tandem --program train_step --input x=x.npy y=y.npy --steps 200\n"
      "  tandem train digits.tandem --record steps.tandem      while training\n\n"
      "Runs the program on the inputs again and again, its state going on, until a result is NaN\n"
      "or infinite; then the last steps are in the file for `tandem replay`.",
      json, [&json] {
        recording.json = json;
        record(recording);
      });
  add_file(record_app, recording.path);
  add_program(record_app, recording.program);
  record_app->add_option("-i,--input", recording.inputs, "npy files, a name before each")
      ->type_name("NAME=FILE");
  record_app->add_option("--steps", recording.steps, "How often to run it")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
  record_app->add_option("--keep", recording.keep, "How many of the last steps to keep at least")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  record_app->add_option("-o,--output", recording.output, "The recording")->required();

  static ReplayOptions replaying;
  CLI::App* replay_app =
      add_command(app, "replay", "Run recorded steps again and find the first NaN",
                  "  tandem replay steps.tandem\n"
                  "  tandem replay steps.tandem --step 117          that step, op by op\n\n"
                  "Exits with 1 where a step gives other bits than were recorded.",
                  json, [&json] {
                    replaying.json = json;
                    if (!replay(replaying)) throw CLI::RuntimeError(1);
                  });
  replay_app->add_option("file", replaying.path, "From `tandem record`")->required();
  replay_app
      ->add_option("--step", replaying.step,
                   "Which to run op by op; else the first with a NaN or an infinity")
      ->check(CLI::NonNegativeNumber);
}

void add_plans(CLI::App& app, bool& json) {
  static PlanOptions planning, forecasting;
  CLI::App* plan_app =
      add_command(app, "plan", "Show the kernel calls of a program and where its memory lies",
                  "  tandem plan digits.tandem --shape b=1\n"
                  "  tandem plan gpt.tandem --program train_step --shape b=4 t=256 --json",
                  json, [&json] {
                    planning.json = json;
                    plan(planning);
                  });
  add_file(plan_app, planning.path);
  add_program(plan_app, planning.program);
  add_sizes(plan_app, planning.sizes);
  add_pack_weights(plan_app, planning.pack_weights);

  CLI::App* forecast_app = add_command(
      app, "forecast", "Say how much memory a program takes, before anything runs",
      "  tandem forecast digits.tandem --shape b=64\n"
      "  tandem forecast digits.tandem --shape b=64 --budget 512MB    exits with 1 above it",
      json, [&json] {
        forecasting.json = json;
        forecast(forecasting);
      });
  add_file(forecast_app, forecasting.path);
  add_program(forecast_app, forecasting.program);
  add_sizes(forecast_app, forecasting.sizes);
  add_pack_weights(forecast_app, forecasting.pack_weights);
  forecast_app->add_option("--budget", forecasting.budget, "What it may take: 512MB, 1.5GiB, 4096");
  forecast_app->add_option("--top", forecasting.most, "Rows of each table")
      ->capture_default_str()
      ->check(CLI::Range(0, 1'000'000));
}

void add_passes(CLI::App& app, bool& json) {
  static PassesOptions options;
  CLI::App* command = add_command(
      app, "passes", "Optimize programs, and show what each pass does",
      "  tandem passes digits.tandem --print-after-all\n"
      "  tandem passes digits.tandem --program train_step --shape b=64\n"
      "  tandem passes program.txt                      the text of programs, as edit prints it\n\n"
      "With sizes the program is the one that is planned for them: ops without a kernel are\n"
      "replaced by their parts. docs/passes.md says what each pass does.",
      json, [&json] {
        options.json = json;
        passes(options);
      });
  command->add_option("file", options.path, "A program file, or the text of programs")->required();
  add_program(command, options.program);
  add_sizes(command, options.sizes);
  command->add_option("--budget", options.budget,
                      "Compute values twice until so many bytes do: 512MB, 1.5GiB, 4096");
  command->add_flag("--print-after-all", options.print_after_all, "Show each pass as a diff");
}

}  // namespace

void add_program_commands(CLI::App& app, bool& json) {
  add_run(app, json);
  add_verify(app, json);
  add_diff(app, json);
  add_edit(app, json);
  add_shipping(app, json);
  add_signatures(app, json);
  add_recordings(app, json);
  add_plans(app, json);
  add_passes(app, json);
}

}  // namespace tandem::cli
