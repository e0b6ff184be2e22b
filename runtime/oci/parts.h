// Inside of the reader of config.json: how each of its structs is read, and words that several of them share.
#pragma once

#include <set>

#include "base/text.h"
#include "runtime/oci/reader.h"
#include "runtime/oci/spec.h"

namespace oci {

class JsonWriter;

// process.cc
Result<> read(Reader in, sandbox::Process& out);
Result<> read(Reader in, sandbox::Rlimit& out);
std::string_view name_of_rlimit(int resource);
Result<> read(Reader in, security::User& out);
Result<> read(Reader in, security::Capabilities& out);

// scheduling.cc
Result<> read(Reader in, sandbox::Scheduler& out);
Result<> read(Reader in, sandbox::IoPriority& out);
Result<> read(Reader in, sandbox::CpuAffinity& out);
Result<> read(Reader in, sandbox::MemoryPolicy& out);
Result<> read_personality(Reader in, std::optional<uint32_t>& out);
void write_scheduling(JsonWriter& json, const sandbox::Process& process);  // the first three
void write_memory_policy(JsonWriter& json, const sandbox::MemoryPolicy& policy);
void write_personality(JsonWriter& json, uint32_t personality);

// linux.cc
Result<> read_linux(Reader in, Spec& out);
Result<> read(Reader in, sandbox::Namespace& out);
Result<> read(Reader in, cgroups::Rdt& out);
Result<> read(Reader in, sandbox::ClockOffset& out);
Result<> read(Reader in, sandbox::ClockOffsets& out);
Result<> read(Reader in, sandbox::IdMapping& out);
Result<> read(Reader in, sandbox::Device& out);
Result<> read(Reader in, security::SeccompProfile& out);
Result<> read(Reader in, security::SeccompRule& out);
Result<> read(Reader in, security::SeccompArg& out);
std::string_view name_of_namespace(int type);

// resources.cc
Result<> read(Reader in, cgroups::Resources& out);
Result<> read(Reader in, cgroups::DeviceRule& out);
Result<> read(Reader in, cgroups::HugepageLimit& out);
Result<> read(Reader in, cgroups::IoDeviceValue& out);
Result<> read(Reader in, cgroups::RdmaLimit& out);

// spec.cc
Result<> read(Reader in, sandbox::Mount& out);
Result<> read(Reader in, sandbox::Hook& out);
Result<> read(Reader in, Hooks& out);

// spec_json.cc: the list under the key, in the form that `read` takes; nothing when it is empty.
void write_hooks(JsonWriter& json, const char* key, const std::vector<sandbox::Hook>& hooks);

// check.cc: the rules that join several fields.
Result<> check(Reader top, const Spec& spec);

// The largest user or group id: -1 means "no change" to the kernel.
constexpr int64_t kLargestId = 4294967294;

// A path that begins with '/'.
Result<> read_absolute_path(Reader in, std::string& out);

// Fails at the first item whose member has the same value as an item's before it.
template <class Item, class Value>
Result<> refuse_repeats(Reader list, std::string_view member, const std::vector<Item>& items, Value Item::* value) {
  std::set<Value> seen;
  for (size_t i = 0; i < items.size(); i++)
    if (!seen.insert(items[i].*value).second) {
      const Reader repeated = list.items()[i].field(member);
      return repeated.fail(cat(quoted(TRY(repeated.string())), " is listed twice"));
    }
  return {};
}

}  // namespace oci
