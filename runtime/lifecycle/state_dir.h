// The directory of a container's state: <root>/<id>, with state.json, config.json and the socket of `start`.
#pragma once

#include <string>

#include "base/descriptor.h"
#include "runtime/oci/state.h"

namespace lifecycle {

// Fails unless the id is made of letters, digits and "_+-." and is a plain file name.
Result<> check_id(const std::string& id);

// "container does not exist: 'web'": the first words are those that BuildKit and containerd's shim look for.
Error unknown_container(const std::string& id);
bool is_unknown_container(const Error& error);

class StateDir {
 public:
  // Makes the directory, and the root above it; "container 'web' already exists" when it is there. It is removed with
  // the object until keep() is called.
  static Result<StateDir> create(const std::string& root, const std::string& id);
  // Opens the directory of a container; unknown_container() when it is not there.
  static Result<StateDir> open(const std::string& root, const std::string& id);

  StateDir(StateDir&&) = default;
  ~StateDir();

  // Waits until nobody else changes this container, and keeps others out until the object goes.
  Result<> lock();
  void unlock() const;

  Result<oci::State> read() const;
  Result<> write(const oci::State& state) const;
  Result<std::string> read_config() const;
  Result<> write_config(const std::string& text) const;

  // The socket that the container's init waits on. It becomes visible to `start` when it is published.
  Result<Fd> listen() const;
  Result<> publish() const;
  // Connects to it. ENOENT: the container is not waiting.
  Result<Fd> connect() const;
  Result<> withdraw() const;
  bool is_published() const;

  // The directory that is the container's /run/notify, and in it the socket that its program tells its readiness.
  Result<> make_notify_directory() const;
  bool has_notify_directory() const;
  Result<Fd> listen_for_readiness() const;
  std::string notify_directory() const { return file("notify"); }

  void keep() { owned_ = false; }
  Result<> remove();

 private:
  StateDir(const std::string& root, std::string id, Fd fd, bool owned)
      : path_(root + "/" + id), id_(std::move(id)), fd_(std::move(fd)), owned_(owned) {}
  std::string file(const char* name) const { return path_ + "/" + name; }

  std::string path_, id_;
  Fd fd_;
  bool owned_;
};

// Directory below the root with nothing in it, which masked paths show. Made when it is missing; the root is there.
Result<std::string> empty_directory(const std::string& root);

}  // namespace lifecycle
