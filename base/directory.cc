#include "base/directory.h"

Directory read_directory(Fd directory) {
  Directory stream(directory.is_open() ? fdopendir(directory.get()) : nullptr);
  if (stream) (void)directory.release();  // closedir closes it
  return stream;
}
