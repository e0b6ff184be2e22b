#include "sandbox/pause/program.h"

#include "base/embed.h"
#include "sandbox/pause/pause_program.h"

EMBED_FILE(pause, NACELLE_PAUSE)  // which meson has built

namespace sandbox {

std::string_view pause_program() {
  return embedded_pause();
}

}  // namespace sandbox
