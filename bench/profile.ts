// Where a Node.js process spent its time, by file, out of a CPU profile that it wrote.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/steps.ts";

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string; readonly url: string } }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** One line of the summary. */
export interface ProfiledFile {
  /** Path in the project, `node:` module, or what the runtime did, such as `(garbage collector)`. */
  readonly file: string;
  /** Share of the time that the process was not idle, 0 to 1. */
  readonly share: number;
}

/** Self times by file of the newest profile in `folder`, largest first. Throws where there is none. */
export function profiledFiles(folder: string): readonly ProfiledFile[] {
  const name = readdirSync(folder).findLast((file) => file.endsWith(".cpuprofile"));
  if (name === undefined) throw new Error(`no .cpuprofile in ${folder}`);
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, name), "utf8")) as CpuProfile;
  const fileOf = new Map(nodes.map(({ id, callFrame: { functionName, url } }) => [id, url === "" ? functionName : shortName(url)]));
  const micros = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const file = fileOf.get(id) ?? "(unknown)";
    if (file !== "(idle)") micros.set(file, (micros.get(file) ?? 0) + (timeDeltas[at] ?? 0));
  }
  const all = [...micros.values()].reduce((sum, one) => sum + one, 0);
  return [...micros].map(([file, one]) => ({ file, share: one / all })).toSorted((a, b) => b.share - a.share);
}

function shortName(url: string): string {
  return url.replace(`file://${root}/`, "").replace(/^.*node_modules\//, "");
}
