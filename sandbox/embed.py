#!/usr/bin/env python3
"""Writes a file's bytes as a C++ array: embed.py INPUT OUTPUT NAME. Keeps the child inside the programs that start it."""
import sys

source, target, name = sys.argv[1:4]
data = open(source, "rb").read()
with open(target, "w") as out:
    out.write('#include "sandbox/launch.h"\n\nnamespace sandbox {\n\n')
    out.write(f"alignas(16) const unsigned char {name}_bytes[] = {{\n")
    for i in range(0, len(data), 24):
        out.write(",".join(str(b) for b in data[i : i + 24]) + ",\n")
    out.write("};\n\n")
    out.write(f"const std::span<const unsigned char> {name}({name}_bytes);\n\n}}  // namespace sandbox\n")
