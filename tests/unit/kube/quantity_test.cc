#include "runtime/kube/api/quantity.h"

#include <doctest/doctest.h>

#include <string>

using namespace kube;

namespace {

std::string canonical(std::string_view text) {
  auto quantity = parse_quantity(text);
  return quantity ? print_quantity(*quantity) : "error";
}

}  // namespace

TEST_CASE("quantity: the forms of the Kubernetes pages") {
  CHECK(whole_value(*parse_quantity("128974848")) == 128974848);
  CHECK(whole_value(*parse_quantity("129e6")) == 129000000);
  CHECK(whole_value(*parse_quantity("129M")) == 129000000);
  CHECK(whole_value(*parse_quantity("123Mi")) == 128974848);
  CHECK(milli_value(*parse_quantity("500m")) == 500);
  CHECK(milli_value(*parse_quantity("0.1")) == 100);
  CHECK(milli_value(*parse_quantity("100m")) == 100);
  CHECK(milli_value(*parse_quantity("0.5")) == 500);
  CHECK(milli_value(*parse_quantity("100")) == 100000);
  CHECK(whole_value(*parse_quantity("200Mi")) == 209715200);
  CHECK(whole_value(*parse_quantity("1000Gi")) == 1000LL << 30);
}

TEST_CASE("quantity: every suffix") {
  struct Case {
    const char* text;
    int64_t value;
  };
  for (auto [text, value] : {Case{"1k", 1000},
                             {"1M", 1000000},
                             {"1G", 1000000000},
                             {"1T", 1000000000000},
                             {"1P", 1000000000000000},
                             {"1E", 1000000000000000000},
                             {"1Ki", 1LL << 10},
                             {"1Mi", 1LL << 20},
                             {"1Gi", 1LL << 30},
                             {"1Ti", 1LL << 40},
                             {"1Pi", 1LL << 50},
                             {"1Ei", 1LL << 60},
                             {"1e3", 1000},
                             {"1E3", 1000},
                             {"1e+3", 1000},
                             {"5000e-3", 5},
                             {"1.5Gi", 1610612736},
                             {".5Ki", 512},
                             {"5.", 5},
                             {"+5", 5},
                             {"-5Ki", -5120},
                             {"007", 7},
                             {"0.1Mi", 104858}}) {
    CAPTURE(text);
    CHECK(whole_value(*parse_quantity(text)) == value);
  }
  CHECK(milli_value(*parse_quantity("1000u")) == 1);
  CHECK(milli_value(*parse_quantity("1000000n")) == 1);
  CHECK(milli_value(*parse_quantity("1u")) == 1);  // rounded up
  CHECK(milli_value(*parse_quantity("-1u")) == -1);
}

TEST_CASE("quantity: the canonical text has no fraction and the largest suffix") {
  struct Case {
    const char *text, *canonical;
  };
  for (auto [text, expected] : {Case{"0.5", "500m"},
                                {"1024Mi", "1Gi"},
                                {"1.5Gi", "1536Mi"},
                                {"1000m", "1"},
                                {"1000", "1k"},
                                {"1500", "1500"},
                                {"128974848", "128974848"},
                                {"129e6", "129e6"},
                                {"1e3", "1e3"},
                                {"1E3", "1e3"},
                                {"0.5e3", "500"},
                                {"1e1", "10"},
                                {"129M", "129M"},
                                {"123Mi", "123Mi"},
                                {"0", "0"},
                                {"0Ki", "0"},
                                {"-0.5", "-500m"},
                                {"1023Ki", "1023Ki"},
                                {"0.5Ki", "512"},
                                {"0.1Mi", "104857600m"},
                                {"1n", "1n"},
                                {"1000000n", "1m"},
                                {"1500u", "1500u"},
                                {"3E", "3E"},
                                {"0.00001Ki", "10240u"},
                                {"100e-3", "100e-3"},
                                {"+1Gi", "1Gi"}}) {
    CAPTURE(text);
    CHECK(canonical(text) == expected);
    CHECK(canonical(canonical(text)) == expected);
  }
}

TEST_CASE("quantity: beyond the range it is rounded up or capped, whatever the length") {
  CHECK(canonical("0.1n") == "1n");
  CHECK(canonical("-0.1n") == "-1n");
  CHECK(canonical("1e-999999999999999999999") == "1e-9");
  CHECK(canonical("0.00000000000000000000000000000000000000000000001") == "1n");
  CHECK(canonical("9223372036854775807") == "9223372036854775807");
  CHECK(canonical("9223372036854775808") == "9223372036854775807");
  CHECK(canonical("10E") == "9223372036854775807");
  CHECK(canonical("8Ei") == "9223372036854775807");
  CHECK(canonical("99999999999999999999Ei") == "9223372036854775807");
  CHECK(canonical("1e99999999999999999999") == "9223372036854775807");
  CHECK(canonical(std::string(400, '9')) == "9223372036854775807");
  CHECK(canonical(std::string(400, '0') + "1") == "1");
  CHECK(canonical("1" + std::string(30, '0') + "e-30") == "1");
  CHECK(whole_value(*parse_quantity("0.9999999999999999999999999999Ei")) == 1152921504606846976);
  CHECK(whole_value(*parse_quantity("0.000000000000000000867361737988403547205962240695953369140625Ei")) == 1);
}

TEST_CASE("quantity: what is none is refused") {
  for (auto bad : {"",      " ",   "1 ",  " 1",   "m",    "Mi",  "12MB", "1mi", "1ki",   "1K",   "1KI",
                   "1.2.3", "--1", "1e",  "1E+",  "e3",   ".",   "-",    "+",   "1e3M",  "0x10", "1,5",
                   "1_000", "inf", "nan", "1Gi1", "1 Gi", "1GI", "1gi",  "1MM", "1e1.5", "½",    "1e+-3"}) {
    CAPTURE(bad);
    CHECK(!parse_quantity(bad));
  }
  CHECK(parse_quantity("12MB").error().text() ==
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

TEST_CASE("quantity: sums and order") {
  Quantity sum = *parse_quantity("0.1") + *parse_quantity("200m");
  CHECK(sum == *parse_quantity("0.3"));  // exactly, as no double would
  CHECK(print_quantity(*parse_quantity("512Mi") + *parse_quantity("0.5Gi")) == "1Gi");
  CHECK(print_quantity(Quantity{} + *parse_quantity("1Gi")) == "1Gi");
  CHECK(print_quantity(*parse_quantity("8E") + *parse_quantity("8E")) == "9223372036854775807");
  CHECK(*parse_quantity("1Gi") > *parse_quantity("1G"));
  CHECK(*parse_quantity("1") == *parse_quantity("1000m"));
  CHECK(print_quantity(milli_quantity(1500)) == "1500m");
  CHECK(print_quantity(whole_quantity(2048, QuantityFormat::binary)) == "2Ki");
}
