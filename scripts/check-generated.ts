// Fails when `npm run generate` would change a committed file.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root, run } from "./steps.ts";

const work = mkdtempSync(join(tmpdir(), "rpcdeck-generate-"));
try {
  const template = readFileSync(join(root, "buf.gen.yaml"), "utf8").replace("out: packages/protocol/src/gen", `out: ${join(work, "gen")}`);
  writeFileSync(join(work, "buf.gen.yaml"), template);
  for (const args of [
    ["generate", "--template", join(work, "buf.gen.yaml")],
    ["build", "--as-file-descriptor-set", "-o", join(work, "descriptors.binpb")],
  ]) {
    const { code, output } = await run("buf", args, { quiet: true });
    if (code !== 0) throw new Error(output);
  }
  const changed = [
    ...differences(join(work, "gen"), join(root, "packages/protocol/src/gen")),
    ...(same(join(work, "descriptors.binpb"), join(root, "packages/protocol/descriptors.binpb")) ? [] : ["descriptors.binpb"]),
  ];
  if (changed.length > 0) {
    console.log(`generated code differs, run npm run generate: ${changed.join(", ")}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(work, { recursive: true });
}

function differences(made: string, committed: string): string[] {
  const names = new Set([...files(made), ...files(committed)]);
  return [...names].filter((name) => !same(join(made, name), join(committed, name)));
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => relative(folder, join(folder, name)));
}

function same(a: string, b: string): boolean {
  try {
    return readFileSync(a).equals(readFileSync(b));
  } catch {
    // One of them is missing, which is a difference.
    return false;
  }
}
