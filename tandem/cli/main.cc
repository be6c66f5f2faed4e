// The `tandem` program: options are declared here, commands are in files of their own.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>

#include "tandem/base/error.h"
#include "tandem/base/thread_pool.h"
#include "tandem/cli/commands.h"

namespace {

using namespace tandem;

constexpr int failed = 1, misused = 2;

constexpr const char* overview =
    R"(Look into files of tensors and get data sets from the command line.

Examples:
  tandem info digits.safetensors      the tensors in a file: safetensors, npy, npz or IDX
  tandem data list                    data sets, and where they are

Every command takes --json for output that programs read, and --help.
Exit codes: 0 done, 1 failed (the reason is on standard error), 2 not understood.)";

constexpr const char* environment = R"(
Environment:
  TANDEM_DATA         a folder with data of your own, e.g. with mnist/ in it
  TANDEM_CACHE        where downloads are kept (else ~/.cache/tandem)
  TANDEM_OFFLINE=1    never download
  TANDEM_MIRROR       a mirror to ask before the known ones
  TANDEM_NUM_THREADS  threads to compute with (else one a core))";

/// A command with what every command has.
CLI::App* add(CLI::App& parent, const std::string& name, const std::string& about,
              const std::string& examples, bool& json, std::function<void()> run) {
  CLI::App* command = parent.add_subcommand(name, about);
  command->footer("\nExamples:\n" + examples);
  command->add_flag("--json", json, "Print JSON, an object a line");
  command->callback(std::move(run));
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(overview, "tandem");
  app.set_version_flag("--version", TANDEM_VERSION);
  app.require_subcommand(0, 1);
  app.footer(environment);
  app.get_formatter()->column_width(34);
  app.add_option_function<int>("--threads", set_num_threads, "Threads to compute with")
      ->check(CLI::Range(1, 1024));
  bool json = false;

  cli::InfoOptions info;
  CLI::App* info_app = add(app, "info", "Show what is in a file of tensors",
                           "  tandem info model.safetensors\n"
                           "  tandem info arrays.npz --json | python3 -m json.tool",
                           json, [&] {
                             info.json = json;
                             cli::info(info);
                           });
  info_app->add_option("file", info.path, "safetensors, npy, npz or IDX (gzip or not)")->required();

  CLI::App* data_app = app.add_subcommand("data", "Data sets: what there is, and getting it");
  data_app->require_subcommand(1);
  cli::DataOptions data;
  add(*data_app, "list", "Every data set, and where it is", "  tandem data list", json, [&] {
    data.json = json;
    cli::data_list(data);
  });
  CLI::App* get_app =
      add(*data_app, "get", "Download data sets into the cache, unless they are there",
          "  tandem data get mnist\n  tandem data get mnist shakespeare", json, [&] {
            data.json = json;
            cli::data_get(data);
          });
  get_app->add_option("names", data.names, "As `tandem data list` gives them")->required();

  if (argc == 1) {
    std::fputs(app.help().c_str(), stderr);
    return misused;
  }
  // Commands run inside the parse, once their options are known.
  try {
    app.parse(argc, argv);
    return 0;
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
      std::fprintf(stderr, "tandem: %s\n", error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tandem: %s\n", error.what());
  }
  return failed;
}
