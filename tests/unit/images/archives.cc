#include "tests/unit/images/archives.h"

#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/images/images.h"
#include "sandbox/images/digest.h"

namespace {

void put_octal(std::string& block, size_t at, size_t width, uint64_t value) {
  char digits[32];
  snprintf(digits, sizeof digits, "%0*lo", static_cast<int>(width - 1), static_cast<unsigned long>(value));
  if (strlen(digits) < width) {
    block.replace(at, strlen(digits), digits);
    return;
  }
  for (size_t i = 0; i < width; i++) block[at + width - 1 - i] = static_cast<char>(value >> (8 * i));
  block[at] = static_cast<char>(0x80);  // GNU's base-256 form for what octal cannot hold
}

std::string header_of(const Entry& entry, size_t size) {
  std::string block(512, '\0');
  block.replace(0, std::min<size_t>(entry.name.size(), 100), entry.name.substr(0, 100));
  put_octal(block, 100, 8, entry.mode);
  put_octal(block, 108, 8, entry.uid);
  put_octal(block, 116, 8, entry.gid);
  put_octal(block, 124, 12, size);
  put_octal(block, 136, 12, entry.mtime);
  block.replace(148, 8, "        ");
  block[156] = entry.type;
  block.replace(157, std::min<size_t>(entry.link.size(), 100), entry.link.substr(0, 100));
  block.replace(257, 8,
                std::string("ustar\0"
                            "00",
                            8));
  put_octal(block, 329, 8, entry.major);
  put_octal(block, 337, 8, entry.minor);
  uint64_t sum = 0;
  for (char c : block) sum += static_cast<unsigned char>(c);
  put_octal(block, 148, 7, sum);
  return block;
}

std::string padded(std::string bytes) {
  bytes.resize((bytes.size() + 511) / 512 * 512, '\0');
  return bytes;
}

std::string pax_record(const std::string& key, const std::string& value) {
  size_t length = key.size() + value.size() + 3;
  while (length != std::to_string(length).size() + key.size() + value.size() + 3)
    length = std::to_string(length).size() + key.size() + value.size() + 3;
  return cat(length, " ", key, "=", value, "\n");
}

std::string machine() {
  return images::platform().substr(6);
}

std::string descriptor(const std::string& type, const std::string& bytes, const std::string& more = "") {
  return cat(R"({"mediaType": ")", type, R"(", "digest": ")", images::digest_of(bytes), R"(", "size": )", bytes.size(),
             more, "}");
}

std::string blob_name(const std::string& bytes) {
  return "blobs/sha256/" + images::hex_of(images::digest_of(bytes));
}

}  // namespace

std::string make_tar(const std::vector<Entry>& entries) {
  std::string tar;
  for (const auto& entry : entries) {
    std::map<std::string, std::string> pax = entry.pax;
    if (entry.name.size() > 100) pax["path"] = entry.name;
    if (entry.link.size() > 100) pax["linkpath"] = entry.link;
    std::string records;
    for (const auto& [key, value] : pax) records += pax_record(key, value);
    if (!records.empty()) tar += header_of({.name = "pax", .type = 'x'}, records.size()) + padded(records);
    tar += header_of(entry, entry.data.size()) + padded(entry.data);
  }
  return tar + std::string(1024, '\0');
}

std::string gzipped(const std::string& bytes) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd_packed(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3);
  REQUIRE(!ZSTD_isError(size));
  out.resize(size);
  return out;
}

TempFolder::TempFolder() {
  char name[] = "/tmp/nacelle-unit-XXXXXX";
  path = mkdtemp(name);
}

TempFolder::~TempFolder() {
  auto removed = remove_tree(path);
  CHECK_MESSAGE(removed, (removed ? "" : removed.error().text()));
}

std::string config_of(const Built& image) {
  std::vector<std::string> ids;
  for (const auto& layer : image.layers) ids.push_back(cat('"', images::digest_of(layer), '"'));
  return cat(R"({"created": "2024-05-01T10:00:00Z", "os": "linux", "architecture": ")",
             image.platform.empty() ? machine() : image.platform, R"(", "config": )", image.config,
             R"(, "rootfs": {"type": "layers", "diff_ids": [)", join(ids, ", "), "]}}");
}

std::map<std::string, std::string> make_layout(const std::vector<Built>& images) {
  std::map<std::string, std::string> members{{"oci-layout", R"({"imageLayoutVersion": "1.0.0"})"}};
  std::vector<std::string> manifests;
  for (const auto& image : images) {
    const std::string config = config_of(image);
    members[blob_name(config)] = config;
    std::vector<std::string> layers;
    const std::string suffix = image.pack == gzipped ? "+gzip" : image.pack == zstd_packed ? "+zstd" : "";
    for (const auto& layer : image.layers) {
      const std::string packed = image.pack != nullptr ? image.pack(layer) : layer;
      members[blob_name(packed)] = packed;
      layers.push_back(descriptor("application/vnd.oci.image.layer.v1.tar" + suffix, packed));
    }
    const std::string manifest =
        cat(R"({"schemaVersion": 2, "config": )", descriptor("application/vnd.oci.image.config.v1+json", config),
            R"(, "layers": [)", join(layers, ", "), "]}");
    members[blob_name(manifest)] = manifest;
    std::string more = cat(R"(, "platform": {"os": "linux", "architecture": ")",
                           image.platform.empty() ? machine() : image.platform, R"("})");
    if (!image.name.empty())
      more += cat(R"(, "annotations": {"org.opencontainers.image.ref.name": ")", image.name, R"("})");
    manifests.push_back(descriptor("application/vnd.oci.image.manifest.v1+json", manifest, more));
  }
  members["index.json"] = cat(R"({"schemaVersion": 2, "manifests": [)", join(manifests, ", "), "]}");
  return members;
}

std::map<std::string, std::string> make_docker_archive(const Built& image) {
  const std::string config = config_of(image);
  const std::string config_name = images::hex_of(images::digest_of(config)) + ".json";
  std::map<std::string, std::string> members{{config_name, config}};
  std::vector<std::string> layers;
  for (const auto& layer : image.layers) {
    const std::string name = images::hex_of(images::digest_of(layer)) + "/layer.tar";
    members[name] = layer;
    layers.push_back(cat('"', name, '"'));
  }
  const std::string tags = image.name.empty() ? "null" : cat(R"([")", image.name, R"("])");
  members["manifest.json"] =
      cat(R"([{"Config": ")", config_name, R"(", "RepoTags": )", tags, R"(, "Layers": [)", join(layers, ", "), "]}]");
  return members;
}

void write_members(const std::string& folder, const std::map<std::string, std::string>& members) {
  for (const auto& [name, bytes] : members) {
    const std::string path = cat(folder, "/", name);
    REQUIRE(make_directories(path.substr(0, path.find_last_of('/'))));
    REQUIRE(replace_file(path, bytes));
  }
}

std::string tar_of(const std::map<std::string, std::string>& members) {
  std::vector<Entry> entries;
  for (const auto& [name, bytes] : members) entries.push_back(file(name, bytes));
  return make_tar(entries);
}

std::string write_temp(const TempFolder& folder, const std::string& name, const std::string& bytes) {
  const std::string path = cat(folder.path, "/", name);
  REQUIRE(replace_file(path, bytes));
  return path;
}
