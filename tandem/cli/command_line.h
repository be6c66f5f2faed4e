// The command line of the `tandem` program: options are declared here, commands are in files of
// their own.
#pragma once

namespace tandem::cli {

/// Runs what the arguments of main() ask for. Returns the exit code: 0 done, 1 failed (the reason
/// is on standard error), 2 not understood.
int run_command_line(int argc, char** argv);

}  // namespace tandem::cli
