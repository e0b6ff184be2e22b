// Archives and layouts made in memory, honest and hostile, for the tests of images.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "sandbox/images/store.h"

// One entry of a tar, written as it stands: nothing here is checked.
struct Entry {
  std::string name;
  char type = '0';  // ustar: 0 file, 1 hard link, 2 symbolic link, 3 char, 4 block, 5 directory, 6 fifo
  std::string data = {};
  std::string link = {};
  uint32_t mode = 0644;
  uint64_t uid = 0, gid = 0;
  uint64_t mtime = 1'000'000'000;
  uint32_t major = 0, minor = 0;
  std::map<std::string, std::string> pax = {};  // records of an extended header before the entry
};

inline Entry file(std::string name, std::string data, uint32_t mode = 0644) {
  return {.name = std::move(name), .data = std::move(data), .mode = mode};
}
inline Entry folder(std::string name, uint32_t mode = 0755) {
  return {.name = std::move(name), .type = '5', .mode = mode};
}
inline Entry symlink_to(std::string name, std::string target) {
  return {.name = std::move(name), .type = '2', .link = std::move(target)};
}
inline Entry hard_link(std::string name, std::string target) {
  return {.name = std::move(name), .type = '1', .link = std::move(target)};
}

std::string make_tar(const std::vector<Entry>& entries);
std::string gzipped(const std::string& bytes);
std::string zstd_packed(const std::string& bytes);

// A folder below /tmp that goes with the object.
struct TempFolder {
  std::string path;
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
};

// A store in a folder of its own.
struct TempStore {
  TempFolder folder;
  images::Store store{folder.path + "/images"};
};

// What an image in an archive is made of.
struct Built {
  std::vector<std::string> layers;                    // tars, lowest first
  std::string config = R"({"Cmd": ["/bin/sh"]})";     // the "config" member
  std::string platform = "";                          // "arm64" …, empty: this machine's
  std::string name = "busybox";                       // annotation or tag; empty: none
  std::string (*pack)(const std::string&) = nullptr;  // gzipped, zstd_packed, or plain
};

std::string config_of(const Built& image);
// Members of an OCI layout of the images: name -> bytes.
std::map<std::string, std::string> make_layout(const std::vector<Built>& images);
// Members of a docker-archive.
std::map<std::string, std::string> make_docker_archive(const Built& image);
// Writes them below the folder, or into one tar.
void write_members(const std::string& folder, const std::map<std::string, std::string>& members);
std::string tar_of(const std::map<std::string, std::string>& members);
std::string write_temp(const TempFolder& folder, const std::string& name, const std::string& bytes);
