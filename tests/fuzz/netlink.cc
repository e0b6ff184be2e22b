// Answers of the routing socket; and requests of ours, which must be read as they were written (CVE-2021-43784).
#include <linux/rtnetlink.h>

#include "sandbox/netlink.h"
#include "tests/fuzz/fuzz.h"

namespace netlink = sandbox::netlink;

namespace {

constexpr size_t kMostBytes = UINT16_MAX - sizeof(rtattr);

void read_answer(std::string_view text) {
  const netlink::Answer answer{RTM_NEWLINK, std::string(text)};
  ifinfomsg header{};
  (void)answer.read(header);
  for (const auto& [type, bytes] : netlink::attributes_of(answer, sizeof header)) {
    fuzz::demand(bytes.size() <= text.size(), "an attribute comes from the answer");
    (void)netlink::number_in({{type, bytes}}, type);
  }
}

// A text of any length, between two numbers: either all three are read again, or the text was refused.
void write_request(std::string_view text) {
  netlink::Request request(RTM_NEWLINK, 0, ifinfomsg{});
  fuzz::demand(request.add(1, 0x11111111U).has_value(), "a number fits");
  const auto added = request.add(2, text);
  fuzz::demand(added.has_value() == (text.size() <= kMostBytes), "an attribute that is too long is refused");
  fuzz::demand(request.add(3, 0x33333333U).has_value(), "a number fits");
  const std::string bytes = request.bytes(7);
  const netlink::Answer read{RTM_NEWLINK, bytes.substr(sizeof(nlmsghdr))};
  const auto attributes = netlink::attributes_of(read, sizeof(ifinfomsg));
  fuzz::demand(attributes.size() == (added ? 3 : 2), "no attribute becomes another");
  fuzz::demand(netlink::number_in(attributes, 3) == 0x33333333U, "what follows is read as it was written");
  if (added) fuzz::demand(attributes.at(2) == text, "a text is read as it was written");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  read_answer(text);
  write_request(text);
  if (size == 0) return 0;
  // The same text many times over: lengths about the largest that an attribute has.
  std::string long_text;
  while (long_text.size() < kMostBytes - 2 + data[0] % 8) long_text += text;
  long_text.resize(kMostBytes - 2 + data[0] % 8);
  write_request(long_text);
  return 0;
}
