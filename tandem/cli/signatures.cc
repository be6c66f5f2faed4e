#include <fmt/format.h>
#include <sys/stat.h>

#include "tandem/base/error.h"
#include "tandem/cli/print_json.h"
#include "tandem/cli/program_commands.h"
#include "tandem/io/file.h"
#include "tandem/io/tensor_files.h"
#include "tandem/runtime/sign.h"

namespace tandem::cli {
namespace {

void write_key(const std::string& path, std::string_view pem, bool secret) {
  if (file_exists(path))
    fail(ErrorCode::io, "keygen", "'", path, "' is there already; a lost key cannot be made again");
  const mode_t before = ::umask(secret ? 0077 : 0022);
  AtomicFile file("keygen", path);
  ::umask(before);
  file.write(pem);
  file.commit();
}

std::string read_key(std::string_view op, const std::string& path) {
  const MappedFile file(op, path);
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

/// Who has signed a file that was signed or verified just now.
void report(const SignOptions& options, std::string_view says) {
  Metadata metadata;
  load_safetensors(options.path, &metadata);
  const std::string key = runtime::signer(metadata, options.path).value_or("");
  if (options.json)
    print_json({{"path", options.path}, {"public_key", key}});
  else
    fmt::print("{}: {} {}\n", options.path, says, key);
}

}  // namespace

void keygen(const KeygenOptions& options) {
  const std::string secret = options.prefix + ".private.pem", open = options.prefix + ".public.pem";
  const runtime::SigningKeys keys = runtime::generate_signing_keys();
  write_key(secret, keys.private_key, true);
  write_key(open, keys.public_key, false);
  const std::string digits = runtime::key_digits(keys.public_key);
  if (options.json)
    print_json({{"private_key_file", secret}, {"public_key_file", open}, {"public_key", digits}});
  else
    fmt::print("{}   sign with it, and show it to nobody\n{}    verify with it\nkey {}\n", secret,
               open, digits);
}

void sign(const SignOptions& options) {
  runtime::sign_program(options.path, read_key("sign", options.key));
  report(options, "signed by key");
}

void verify_signature(const SignOptions& options) {
  runtime::verify_signature(options.path, read_key("verify_signature", options.key));
  report(options, "every byte is as it was signed by key");
}

}  // namespace tandem::cli
