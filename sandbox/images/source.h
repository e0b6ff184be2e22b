// The files of an image as it comes: a folder (OCI layout) or a tar of one (OCI layout, docker-archive).
#pragma once

#include <map>
#include <string>

#include "base/descriptor.h"

namespace images {

// Members are named as in the archive, without a leading "./". A name from a hostile archive never becomes a path on
// the host: a folder's members are opened inside it, a tar's are spooled under numbers.
class Source {
 public:
  // Opens the folder or file. A tar is spooled below `work`, an existing directory, under numbers as names.
  static Result<Source> open(const std::string& path, const std::string& work);

  bool has(const std::string& member) const;
  // Opens a regular file for reading, from its start. ENOENT when there is none of that name.
  Result<Fd> open_member(const std::string& member) const;
  // The whole member, at most `limit` bytes.
  Result<std::string> read(const std::string& member, size_t limit) const;

 private:
  Result<> spool(int archive);

  Fd folder_;
  bool is_tar_ = false;
  std::map<std::string, std::string> files_;  // of a tar: member -> name in folder_
  std::map<std::string, std::string> links_;  // of a tar: member -> the member it links to
};

}  // namespace images
