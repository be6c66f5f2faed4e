// Runs tests/data/http_server.py for as long as it lives.
#pragma once
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/io/temporary_folder.h"

namespace tandem {

class HttpServer {
 public:
  HttpServer() {
    setenv("no_proxy", "127.0.0.1", 1);
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    process_ = fork();
    if (process_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      execlp("python3", "python3", TANDEM_SOURCE_FOLDER "/tests/data/http_server.py",
             folder_.path().c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    std::FILE* out = fdopen(ends[0], "r");
    if (std::fscanf(out, "%d", &port_) != 1) std::abort();
    std::fclose(out);
  }
  HttpServer(const HttpServer&) = delete;
  ~HttpServer() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }

  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/" + path;
  }
  void serve(const std::string& name, std::string_view content) const {
    write_text(folder_ / name, content);
  }
  /// "MANNER RANGE" a request.
  std::string log() const { return read_text(folder_ / "log"); }
  void clear_log() const { write_text(folder_ / "log", ""); }

 private:
  TemporaryFolder folder_;
  pid_t process_ = 0;
  int port_ = 0;
};

}  // namespace tandem
