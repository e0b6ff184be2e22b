#include "sandbox/id_maps.h"

#include <doctest/doctest.h>

#include "sandbox/plan.h"

using sandbox::IdMaps;
using sandbox::parse_id_maps;

namespace {

const IdMaps kContainer = {{{0, 1000, 1}, {1, 100000, 10}, {11, 200000, 100}}, {{0, 5000, 65536}}};

std::string refusal(std::string_view text) {
  auto maps = parse_id_maps(text, kContainer);
  return maps ? "" : maps.error().text();
}

}  // namespace

TEST_CASE("id maps: triplets of crun's option, several behind one another") {
  auto maps = parse_id_maps("uids=0-1-10#10-11-10;gids=0-100-10", {});
  REQUIRE(maps);
  CHECK(maps->uids == std::vector<sandbox::IdMapping>{{0, 1, 10}, {10, 11, 10}});
  CHECK(maps->gids == std::vector<sandbox::IdMapping>{{0, 100, 10}});
  CHECK(sandbox::id_map_text(maps->uids) == "0 1 10\n10 11 10\n");
}

TEST_CASE("id maps: '@' counts in the container's ids, and a triplet is cut where its maps are") {
  auto maps = parse_id_maps("uids=@7-0-14#50-1-1;gids=@0-3-2", kContainer);
  REQUIRE(maps);
  CHECK(maps->uids == std::vector<sandbox::IdMapping>{{7, 1000, 1}, {8, 100000, 10}, {18, 200000, 3}, {50, 1, 1}});
  CHECK(maps->gids == std::vector<sandbox::IdMapping>{{0, 5003, 2}});
}

TEST_CASE("id maps: whatever else is in the option is an error") {
  CHECK(refusal("") == "'' is neither 'uids=…' nor 'gids=…'");
  CHECK(refusal("uids=0-0-1") == "'gids=' is missing");
  CHECK(refusal("gids=0-0-1") == "'uids=' is missing");
  CHECK(refusal("uids=@111-111-1;gids=0-0-1") == "id 111 is not mapped in the container's user namespace");
  CHECK(refusal("uids=@0-0-200;gids=0-0-1") == "id 111 is not mapped in the container's user namespace");
  for (auto triplet :
       {"", "0", "0-0", "0-0-0", "0-0-1-1", "-1-0-1", "0-0-1 ", "0-0-0x1", "@", "@@0-0-1", "0-0-4294967296"})
    CHECK(refusal(std::string("uids=") + triplet + ";gids=0-0-1") ==
          "'" + std::string(triplet) + "' is not like '0-1000-10'");
  CHECK(refusal("uids=1-0-4294967295;gids=0-0-1") == "");
  CHECK(refusal("uids=2-0-4294967295;gids=0-0-1") == "'2-0-4294967295' reaches beyond the largest id");
}

TEST_CASE("id maps: a plan keeps the same maps once, and none as those of the container") {
  sandbox::Plan plan;
  CHECK(plan.id_map({}) == 0);
  CHECK(plan.id_map(kContainer) == 1);
  CHECK(plan.id_map({{{0, 1, 1}}, {{0, 1, 1}}}) == 2);
  CHECK(plan.id_map(kContainer) == 1);
  CHECK(plan.id_maps().size() == 3);
}
