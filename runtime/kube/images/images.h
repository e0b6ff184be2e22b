// Images: import from files, find by name, give a container its root. Nothing is pulled over a network.
//
// The store is a folder of root's alone (sandbox/images/store.h). Its functions lock it themselves; several processes
// may use it at once. Every error is whole: "image 'busybox': not in the store", errno in Error::err.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/images/rootfs.h"
#include "sandbox/images/store.h"

namespace images {

// What an image says about how it wants to be run: OCI image-spec config.md, "config". Labels are left out on purpose:
// what an image says of itself must not reach anything that controls (CVE-2026-53488).
struct ImageConfig {
  std::vector<std::string> entrypoint, cmd;
  std::vector<std::string> env;            // "KEY=value", each with a '='
  std::string user;                        // "", "1000", "1000:3000", "nginx", "nginx:www" …; see user.h
  std::string working_dir;                 // absolute or empty
  std::string stop_signal;                 // "SIGQUIT", "3" or empty
  std::vector<std::string> exposed_ports;  // "80/tcp"
  std::vector<std::string> volumes;        // absolute paths
};

struct Image {
  std::string id;                   // digest of the image's config: "sha256:…"
  std::vector<std::string> names;   // as Docker spells them in full: "docker.io/library/busybox:latest"
  std::string manifest_digest;      // digest of the manifest that it came by, or empty (docker-archive)
  std::vector<std::string> layers;  // diff ids, lowest first
  uint64_t size = 0;                // bytes of all layers, unpacked
  std::string created;              // RFC 3339, as the image has it, or empty
  int64_t imported = 0;             // seconds since 1970
  ImageConfig config;
};

// Imports every image for this machine's platform out of `path`: an OCI layout (a folder, or a tar of one) or a
// docker-archive (`docker save`, `podman save`), tars plain, gzip or zstd. Every digest and size is verified. `name`:
// the only name the image gets then (there must be just one image); empty: the names in the archive. A name that
// another image had moves to the new one. Importing the same again changes nothing.
// Errors: EBADMSG for what is not as its digest says, ENOEXEC for another platform, or of the file system.
Result<std::vector<Image>> import_image(const Store& store, const std::string& path, const std::string& name = {});

// All images, by name.
Result<std::vector<Image>> list_images(const Store& store);

// The image that a manifest's `image:` or a user means: a name in any spelling ("busybox", "busybox:latest",
// "docker.io/library/busybox", "busybox@sha256:…"), an id, or at least 12 digits of one. ENOENT with "image 'foo': not
// in the store" and a hint when there is none; the kubelet calls that ErrImageNeverPull (pull policy Never) or
// ErrImagePull, then ImagePullBackOff.
Result<Image> find_image(const Store& store, const std::string& name);

// Takes the name away, and with an image's last name (or when given its id) the image and the layers that no other
// image has. EBUSY when the image goes and a container runs on it (store.h, uses).
Result<> remove_image(const Store& store, const std::string& name);

// The root of one container: overlayfs over the image's layers at <dir>/rootfs (see sandbox/images/rootfs.h, also for
// remove_rootfs). `dir` must exist; the image cannot be removed until remove_rootfs(store, dir).
Result<Rootfs> prepare_rootfs(const Store& store, const Image& image, const std::string& dir,
                              const RootfsView& view = {});

// This machine as images name it: "linux/amd64", "linux/arm64".
std::string platform();

}  // namespace images
