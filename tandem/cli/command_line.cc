#include "tandem/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>
#include <nlohmann/json.hpp>
#include <system_error>

#include "tandem/base/error.h"
#include "tandem/base/nearest.h"
#include "tandem/base/thread_pool.h"
#include "tandem/cli/add_command.h"
#include "tandem/cli/commands.h"
#include "tandem/cli/printable.h"
#include "tandem/cli/program_commands.h"

namespace tandem {
namespace {

using cli::above_zero;
using cli::add_command;

constexpr int failed = 1, misused = 2;

constexpr const char* overview = R"(Train, look into and measure models from the command line.

Examples:
  tandem train digits                 a convnet on handwritten digits, saved as digits.safetensors
  tandem predict                      sample digits beside what that convnet takes them for
  tandem verify digits.tandem         the same numbers however its programs are run?
  tandem train digits.tandem          training goes on from the file alone
  tandem info digits.tandem           what is in a file: programs, or tensors of any format
  tandem run digits.tandem --input image.npy       run a program of a file
  tandem diff before.tandem after.tandem           programs and weights
  tandem data list                    data sets, and where they are
  tandem bench matmul                 how fast this machine multiplies matrices

Every command takes --json for output that programs read, and --help.
Exit codes: 0 done, 1 failed (the reason is on standard error), 2 not understood.)";

constexpr const char* environment = R"(
Environment:
  TANDEM_DATA         a folder with data of your own, e.g. with mnist/ in it
  TANDEM_CACHE        where downloads are kept (else ~/.cache/tandem)
  TANDEM_OFFLINE=1    never download
  TANDEM_MIRROR       a mirror to ask before the known ones
  TANDEM_NUM_THREADS  threads to compute with (else one a core))";

/// What is printed lies in a buffer: that it arrived is known when it has been written.
bool output_arrived() {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return true;
  std::fprintf(stderr, "tandem: cannot write to standard output: %s\n",
               std::generic_category().message(errno).c_str());
  return false;
}

void add_training_options(CLI::App* command, cli::TrainingOptions& options, const std::string& rate,
                          const std::string& output) {
  command->add_option("--epochs", options.epochs, "Times through the data")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  command->add_option("--limit", options.limit, "Train on so many images; 0: all")
      ->capture_default_str()
      ->check(CLI::Range(0, 60'000));
  command->add_option("--batch-size", options.batch_size, "Images a step")
      ->capture_default_str()
      ->check(CLI::Range(1, 60'000));
  command->add_option("--lr", options.learning_rate, rate)
      ->capture_default_str()
      ->check(above_zero);
  command->add_option("--seed", options.seed, "Of weights and order")->capture_default_str();
  command->add_option("-o,--output", options.output, output)->capture_default_str();
  CLI::Option* checkpoint = command->add_option(
      "--checkpoint", options.checkpoint, "Keep all that training needs to go on in this file");
  command
      ->add_option("--checkpoint-every", options.checkpoint_every,
                   "Steps between writing it; 0: after each epoch")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber)
      ->needs(checkpoint);
  command->add_flag("--resume", options.resume, "Go on from the checkpoint, to the same bits")
      ->needs(checkpoint);
}

}  // namespace

int cli::run_command_line(int argc, char** argv) {
  CLI::App app(overview, "tandem");
  app.set_version_flag("--version", TANDEM_VERSION);
  app.require_subcommand(0, 1);
  app.footer(environment);
  app.get_formatter()->column_width(34);
  app.add_option_function<int>("--threads", set_num_threads, "Threads to compute with")
      ->check(CLI::Range(1, 1024));
  bool json = false;

  CLI::App* train_app = app.add_subcommand("train", "Train a model");
  train_app->require_subcommand(0, 1);
  train_app->footer(
      "\nExamples:\n  tandem train digits\n"
      "  tandem train digits.tandem --epochs 1     goes on from the file alone");
  cli::TrainProgramOptions program;
  train_app->add_flag("--json", json, "Print JSON, an object a line");
  train_app->add_option("file", program.path, "A program file from `tandem train digits`");
  add_training_options(train_app, program, "The learning rate of every step",
                       "Where the file goes; else it is written anew");
  train_app->add_option("--record", program.record,
                        "Keep the last steps here for `tandem replay`; stops at a NaN");
  train_app->callback([&] {
    if (!train_app->get_subcommands().empty()) return;
    if (program.path.empty()) throw CLI::RequiredError("digits, or a program file");
    program.json = json;
    cli::train_program(program);
  });
  cli::TrainDigitsOptions digits;
  CLI::App* digits_app = add_command(
      *train_app, "digits", "A convnet on handwritten digits: about a minute",
      "  tandem train digits --epochs 1\n"
      "  TANDEM_DATA=~/data tandem train digits     with ~/data/mnist/*.gz\n"
      "  tandem train digits --checkpoint run.tandem --checkpoint-every 100 --resume\n"
      "  tandem train digits --output net.safetensors && tandem predict net.safetensors",
      json, [&] {
        digits.json = json;
        cli::train_digits(digits);
      });
  add_training_options(digits_app, digits, "The highest learning rate", "Where the weights go");

  cli::PredictOptions predict;
  CLI::App* predict_app = add_command(
      app, "predict", "Show digits beside what a trained convnet takes them for",
      "  tandem predict\n"
      "  tandem predict net.safetensors --count 12 --seed 7\n"
      "  tandem predict net.safetensors --input my_digits.npy    uint8[n, 28, 28], ink bright",
      json, [&] {
        predict.json = json;
        cli::predict(predict);
      });
  predict_app->add_option("weights", predict.weights, "A file from `tandem train digits`")
      ->capture_default_str();
  predict_app->add_option("--input", predict.input, "Images, npy or IDX; else test images");
  predict_app->add_option("--count", predict.count, "How many to show")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  predict_app->add_option("--seed", predict.seed, "Chooses the images")->capture_default_str();

  cli::InfoOptions info;
  CLI::App* info_app = add_command(app, "info", "Show what is in a file",
                                   "  tandem info digits.tandem\n"
                                   "  tandem info model.safetensors\n"
                                   "  tandem info arrays.npz --json | python3 -m json.tool",
                                   json, [&] {
                                     info.json = json;
                                     cli::info(info);
                                   });
  info_app
      ->add_option("file", info.path, "A program file, safetensors, npy, npz or IDX (gzip or not)")
      ->required();

  cli::add_program_commands(app, json);

  CLI::App* data_app = app.add_subcommand("data", "Data sets: what there is, and getting it");
  data_app->require_subcommand(1);
  cli::DataOptions data;
  add_command(*data_app, "list", "Every data set, and where it is", "  tandem data list", json,
              [&] {
                data.json = json;
                cli::data_list(data);
              });
  CLI::App* get_app =
      add_command(*data_app, "get", "Download data sets into the cache, unless they are there",
                  "  tandem data get mnist\n  tandem data get mnist shakespeare", json, [&] {
                    data.json = json;
                    cli::data_get(data);
                  });
  get_app->add_option("names", data.names, "As `tandem data list` gives them")->required();

  cli::BenchOptions bench;
  CLI::App* bench_app =
      add_command(app, "bench", "Time a few typical workloads on this machine",
                  "  tandem bench\n  tandem bench matmul --seconds 3 --json", json, [&] {
                    bench.json = json;
                    cli::bench(bench);
                  });
  bench_app->add_option("cases", bench.cases, "Beginnings of names; else all");
  bench_app->add_option("--seconds", bench.seconds, "Time for each")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 600.0));

  if (argc == 1) {
    std::fputs(app.help().c_str(), stderr);
    return misused;
  }
  app.failure_message([](const CLI::App* failing, const CLI::Error& error) {
    return "tandem: " + CLI::FailureMessage::simple(failing, error);
  });
  const std::vector<CLI::App*> all = app.get_subcommands([](const CLI::App*) { return true; });
  std::vector<std::string> names;
  for (const CLI::App* command : all) names.push_back(command->get_name());
  if (const std::string_view first = argv[1];
      !first.starts_with("-") && std::ranges::find(names, first) == names.end()) {
    const std::vector<std::string_view> commands(names.begin(), names.end());
    std::fprintf(stderr,
                 "tandem: there is no command '%s'%s\nRun with --help for more information.\n",
                 argv[1], did_you_mean(first, commands).c_str());
    return misused;
  }
  // Commands run inside the parse, once their options are known.
  try {
    app.parse(argc, argv);
    return output_arrived() ? 0 : failed;
  } catch (const CLI::RuntimeError& error) {  // a command's own exit code
    return error.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : misused;
  } catch (const Error& error) {
    if (json)
      std::printf(
          "%s\n",
          nlohmann::json{
              {"error", {{"code", std::string(name(error.code()))}, {"message", error.what()}}}}
              .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              .c_str());
    else
      std::fprintf(stderr, "tandem: %s\n", cli::printable(error.what(), true).c_str());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "tandem: there is not enough memory for it\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tandem: %s\n", error.what());
  }
  return failed;
}

}  // namespace tandem
