import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./steps.ts";

/** For tests: a project with our launcher and our gateway, whose other programs are small stand-ins. */
export interface TestProject extends Disposable {
  readonly root: string;
  /** A folder in it, as a user's own. */
  readonly mine: string;
  write(file: string, text: string): void;
}

/** Makes one in a temporary folder. `buildWeb` is the program that builds the page: building the real one takes too long. */
export function createTestProject(buildWeb: string): TestProject {
  const folder = mkdtempSync(join(tmpdir(), "rpcdeck-launch-"));
  const mine = join(folder, "mine");
  for (const each of ["scripts", "node_modules", "mine"]) mkdirSync(join(folder, each));
  for (const each of ["launch.cjs", "pinned-node.cjs"]) copyFileSync(join(root, "scripts", each), join(folder, "scripts", each));
  for (const each of readdirSync(join(root, "node_modules"))) {
    if (each.startsWith("node-")) symlinkSync(join(root, "node_modules", each), join(folder, "node_modules", each)); // the pinned Node.js
  }
  symlinkSync(join(root, "apps"), join(folder, "apps"));
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
  write("scripts/build-web.ts", buildWeb);
  write("package.json", JSON.stringify({ type: "module", scripts: { start: "node scripts/launch.cjs start" } }));
  return { root: folder, mine, write, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
