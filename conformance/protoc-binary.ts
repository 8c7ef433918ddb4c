import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";

/** Where the npm package protoc keeps its binary for this machine, and the well-known types. */
export function protocBinary(): { readonly path: string; readonly include: string } {
  const folder = dirname(createRequire(import.meta.url).resolve("protoc/assets.json"));
  const system = platform() === "darwin" ? "osx" : "linux";
  return { path: join(folder, `bin/protoc-${system}-${arch() === "arm64" ? "aarch_64" : "x86_64"}`), include: join(folder, "include") };
}
