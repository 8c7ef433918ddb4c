// Writes the generated code and the descriptor set with doc comments from protos/.
import { run } from "./steps.ts";

const steps: readonly (readonly [string, readonly string[]])[] = [
  ["buf", ["generate"]],
  ["buf", ["build", "--as-file-descriptor-set", "-o", "packages/protocol/descriptors.binpb"]],
];
for (const [command, args] of steps) {
  const { code } = await run(command, args);
  if (code !== 0) process.exit(code);
}
