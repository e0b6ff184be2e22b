// nacelle-sign: signs for nacelle-kube. A program of its own, because libcrypto's tables are relocated at every start
// and stay in memory: whoever looks after a pod for months does not carry them. The key comes as descriptor 3.
#include <unistd.h>

#include <span>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/sign/signing.h"

namespace kube {
namespace {

constexpr int kKeyFile = 3;
constexpr size_t kMostText = 1 << 20;

Result<SigningKey> read_key() {
  return SigningKey::parse(TRY_IN("descriptor 3", read_all(kKeyFile, kMostText)));
}

Result<std::string> make_certificate(const std::string& name, const std::string& start, const std::string& days) {
  const auto first = parse_number<int64_t>(start);
  const auto number = parse_number<int>(days);
  if (!first || !number) return fail(cat("certificate: ", quoted(first ? days : start), " is no number"));
  return TRY(read_key()).make_certificate(name, *first, *number);
}

Result<std::string> answer(std::span<const std::string> words) {
  const std::string verb = words.empty() ? "" : words[0];
  if (words.size() == 1 && verb == "new-key") return TRY(SigningKey::generate()).print_pem();
  if (words.size() == 1 && verb == "key-set") return print_key_set(TRY(read_key()));
  if (words.size() == 1 && verb == "token")
    return sign_claims(TRY(read_key()), TRY_IN("stdin", read_all(STDIN_FILENO, kMostText)));
  if (words.size() == 4 && verb == "certificate") return make_certificate(words[1], words[2], words[3]);
  return fail("nacelle-sign is run by nacelle-kube",
              "new-key, or with a key as descriptor 3: token, key-set, certificate NAME START DAYS");
}

}  // namespace
}  // namespace kube

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const Result<std::string> text = kube::answer(words);
  const Result<> written = text ? write_all(STDOUT_FILENO, *text) : std::unexpected(text.error());
  if (written) return 0;
  (void)write_all(STDERR_FILENO, cat(written.error().text(), "\n"));
  return 1;
}
