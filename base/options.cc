#include "base/options.h"

#include <algorithm>

#include "base/text.h"

bool Arguments::has(std::string_view name) const {
  const auto found = given_.find(name);
  return found != given_.end() && found->second.back() != "false";
}

std::string Arguments::value(std::string_view name, std::string_view otherwise) const {
  const auto found = given_.find(name);
  return found == given_.end() ? std::string(otherwise) : found->second.back();
}

std::vector<std::string> Arguments::values(std::string_view name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? std::vector<std::string>() : found->second;
}

namespace {

std::string help_hint(const Usage& usage) {
  return cat("see ", usage.program, " --help");
}

}  // namespace

class Parser {
 public:
  Parser(const Usage& usage, std::span<const std::string> words) : usage_(usage), words_(words) {}

  Result<Arguments> parse() {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (word == "--") return take_rest();
      const bool is_option = word.size() > 1 && word[0] == '-';
      if (is_option) {
        TRY(parse_option(word));
        continue;
      }
      out_.operands.push_back(word);
      if (usage_.ends_at_operand) return take_rest();
    }
    return std::move(out_);
  }

 private:
  Arguments take_rest() {
    // "exec web -- ls" is common; runc takes the dashes away there as well.
    if (usage_.ends_at_operand && at_ < words_.size() && words_[at_] == "--" && !out_.operands.empty()) at_++;
    out_.operands.insert(out_.operands.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
    return std::move(out_);
  }

  const Option* find(std::string_view name) const {
    if (name == kHelp.name) return &kHelp;
    const auto found = std::ranges::find(usage_.options, name, &Option::name);
    return found == usage_.options.end() ? nullptr : &*found;
  }

  const Option* find(char letter) const {
    if (letter == kHelp.letter) return &kHelp;
    const auto found = std::ranges::find(usage_.options, letter, &Option::letter);
    return found == usage_.options.end() ? nullptr : &*found;
  }

  Result<> parse_option(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string_view name = std::string_view(word).substr(0, equals);
    const bool is_long = name.starts_with("--");
    if (const Option* option = find(name.substr(is_long ? 2 : 1)))
      return equals == std::string::npos ? take(*option) : take(*option, word.substr(equals + 1));
    if (is_long) return unknown(name);
    return parse_letters(word);
  }

  // "-it", "-b DIR", "-b=DIR", "-bDIR": letters up to one that takes a value.
  Result<> parse_letters(const std::string& word) {
    for (size_t i = 1; i < word.size(); i++) {
      const Option* option = find(word[i]);
      if (!option) return unknown(word.size() == 2 ? word : cat("-", word[i]));
      const bool has_value = !option->value.empty() || word.substr(i + 1).starts_with('=');
      if (!has_value || i + 1 == word.size()) {
        TRY(take(*option));
        continue;
      }
      return take(*option, word.substr(word[i + 1] == '=' ? i + 2 : i + 1));
    }
    return {};
  }

  // Without a value at hand: the next word, if the option needs one.
  Result<> take(const Option& option) {
    if (option.value.empty()) return take(option, "true");
    if (at_ == words_.size()) return fail(cat("option '--", option.name, "' needs a value"), help_hint(usage_));
    return take(option, words_[at_++]);
  }

  Result<> take(const Option& option, const std::string& value) {
    if (option.value.empty() && value != "true" && value != "false")
      return fail(cat("option '--", option.name, "': ", quoted(value), " is not true or false"), help_hint(usage_));
    out_.given_[std::string(option.name)].push_back(value);
    return {};
  }

  Result<> unknown(std::string_view option) const {
    return fail(cat("unknown option ", quoted(option)), help_hint(usage_));
  }

  const Usage& usage_;
  std::span<const std::string> words_;
  size_t at_ = 0;
  Arguments out_;
};

Result<Arguments> parse_arguments(const Usage& usage, std::span<const std::string> words) {
  return Parser(usage, words).parse();
}

Result<> check_operands(const Usage& usage, const Arguments& arguments) {
  const size_t count = arguments.operands.size();
  if (count > usage.most)
    return fail(cat("too many arguments: ", quoted(arguments.operands[usage.most])), help_hint(usage));
  if (count < usage.least) return fail(cat(split(usage.operands, ' ')[count], " is missing"), help_hint(usage));
  return {};
}

std::string explain(std::span<const Option> options) {
  constexpr size_t kColumn = 30;
  std::string lines;
  const auto add = [&](const Option& option) {
    std::string line = option.letter ? cat("  -", option.letter, ", --", option.name) : cat("      --", option.name);
    if (!option.value.empty()) line += cat(" ", option.value);
    if (line.size() + 2 > kColumn) line += "\n";
    line.append(line.ends_with('\n') ? kColumn : kColumn - line.size(), ' ');
    lines += cat(line, option.help, "\n");
  };
  for (const Option& option : options) add(option);
  add(kHelp);
  return lines;
}

std::string explain(const Usage& usage) {
  return cat(usage.program, ": ", usage.summary, "\n\nUsage: ", usage.program, " [OPTION]... ", usage.operands, "\n\n",
             explain(usage.options));
}
