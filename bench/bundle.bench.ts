// What a first visit loads: every script and style that index.html names, the chunk of the call page, and what those import statically,
// gzipped. Other routes, the call screen, the JSON editor and dialogs are lazy. The call screen, fetched once the page stands, is told apart.
// Exits non-zero above the budget of 260 kB.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "../scripts/steps.ts";

const budgetBytes = 260_000;
const dist = join(root, "apps/web/dist");
const files = readdirSync(dist);
const html = readFileSync(join(dist, "index.html"), "utf8");
const first = [...html.matchAll(/(?:src|href)="\/-\/assets\/([^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? "");
const seen = new Set<string>();
const visit = (name: string): void => {
  if (seen.has(name)) return;
  seen.add(name);
  if (!name.endsWith(".js")) return;
  // The styles of a chunk have its name and a hash of their own.
  const stem = name.replace(/-.{8}\.js$/, "");
  for (const file of files) if (file.endsWith(".css") && file.replace(/-.{8}\.css$/, "") === stem) visit(file);
  const text = readFileSync(fileOf(name), "utf8");
  for (const match of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) visit(match[1] ?? "");
};
const chunksOf = (pattern: RegExp): string[] => files.filter((file) => pattern.test(file));
const gzipOf = (name: string): number => gzipSync(readFileSync(fileOf(name)), { level: 9 }).length;
const sumOf = (names: readonly string[]): number => names.reduce((sum, name) => sum + gzipOf(name), 0);

for (const name of [...first, ...chunksOf(/^routes-.*\.(js|css)$/)]) visit(name);
const atOnce = [...seen];
for (const name of chunksOf(/^call-screen-.*\.(js|css)$/)) visit(name);
const after = [...seen].slice(atOnce.length);

for (const { name, gzip } of atOnce.map((file) => ({ name: file, gzip: gzipOf(file) })).sort((a, b) => b.gzip - a.gzip))
  console.log(`${kB(gzip).padStart(8)} kB  ${name}`);
const total = sumOf(atOnce);
console.log(`first load ${kB(total)} kB gzip of ${budgetBytes / 1000} kB; with the call screen ${kB(total + sumOf(after))} kB`);
process.exitCode = total <= budgetBytes ? 0 : 1;

function kB(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}

function fileOf(name: string): string {
  return join(dist, name);
}
