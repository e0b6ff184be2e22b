#include "sandbox/plan.h"

#include <algorithm>
#include <cstring>

namespace sandbox {

Plan::Plan() {
  origins_.emplace_back();
  arena_.assign(8, '\0');  // offset 0 means "none"
}

void Plan::begin(std::string origin) {
  origins_.push_back(std::move(origin));
}

size_t Plan::add(OpCode code, Fields fields) {
  Op op{};
  op.code = code;
  op.origin = static_cast<uint16_t>(origins_.size() - 1);
  op.in = fields.in;
  op.out = fields.out;
  op.a = fields.a;
  op.b = fields.b;
  op.x = fields.x;
  op.y = fields.y;
  op.on_errno = fields.on_errno;
  op.skip_to = static_cast<uint16_t>(ops_.size() + 1);
  ops_.push_back(op);
  return ops_.size() - 1;
}

void Plan::on_errno_skip_here(size_t from, uint16_t errors) {
  ops_[from].on_errno |= errors;
  skip_here(from);
}

void Plan::skip_here(size_t from) {
  ops_[from].skip_to = static_cast<uint16_t>(ops_.size());
}

int16_t Plan::slot() {
  return borrowed_slot(-1);
}

int16_t Plan::slot(Fd fd) {
  int16_t index = borrowed_slot(fd.get());
  owned_.push_back(std::move(fd));
  return index;
}

int16_t Plan::borrowed_slot(int fd) {
  slot_fds_.push_back(fd);
  return static_cast<int16_t>(slot_fds_.size() - 1);
}

size_t Plan::id_map(const IdMaps& maps) {
  auto known = std::ranges::find(id_maps_, maps);
  auto index = static_cast<size_t>(known - id_maps_.begin());
  if (known == id_maps_.end()) id_maps_.push_back(maps);
  return index;
}

uint32_t Plan::bytes(const void* data, size_t size) {
  arena_.resize((arena_.size() + 7) & ~size_t{7});
  auto offset = static_cast<uint32_t>(arena_.size());
  arena_.append(static_cast<const char*>(data), size);
  return offset;
}

uint32_t Plan::text(std::string_view text) {
  auto offset = static_cast<uint32_t>(arena_.size());
  arena_ += text;
  arena_ += '\0';
  return offset;
}

uint32_t Plan::strings(const std::vector<std::string>& list) {
  std::vector<uint64_t> offsets;
  offsets.reserve(list.size() + 2);
  uint32_t count[2] = {static_cast<uint32_t>(list.size()), 0};
  offsets.emplace_back();
  memcpy(offsets.data(), count, sizeof count);
  for (const auto& item : list) offsets.push_back(text(item));
  offsets.push_back(0);
  return bytes(offsets.data(), offsets.size() * sizeof offsets[0]);
}

std::string Plan::image() const {
  // The arena comes last; it is padded so that what is aligned within it is aligned in the mapped image too.
  size_t before = sizeof(Header) + ops_.size() * sizeof(Op) + slot_fds_.size() * sizeof(int32_t);
  size_t padding = before % 8 == 0 ? 0 : 1;  // slots are 4 bytes wide: one more makes it even
  Header header{kMagic,
                static_cast<uint32_t>(ops_.size()),
                static_cast<uint32_t>(slot_fds_.size() + padding),
                static_cast<uint32_t>(arena_.size()),
                keep_fds_,
                0};
  std::string out(reinterpret_cast<const char*>(&header), sizeof header);
  out.append(reinterpret_cast<const char*>(ops_.data()), ops_.size() * sizeof(Op));
  out.append(reinterpret_cast<const char*>(slot_fds_.data()), slot_fds_.size() * sizeof(int));
  out.append(padding * sizeof(int32_t), '\0');
  return out + arena_;
}

}  // namespace sandbox
