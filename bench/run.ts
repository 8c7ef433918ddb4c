// `npm run bench -- NAME` runs one benchmark of this folder; without a name it lists them.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../scripts/steps.ts";

const [name, ...args] = process.argv.slice(2);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.replace(".bench.ts", ""));
if (name === undefined || !names.includes(name)) {
  console.log(`npm run bench -- NAME, where NAME is one of: ${names.join(", ")}`);
  process.exit(name === undefined ? 0 : 2);
}
const { code } = await run(process.execPath, [join(import.meta.dirname, `${name}.bench.ts`), ...args]);
process.exit(code);
