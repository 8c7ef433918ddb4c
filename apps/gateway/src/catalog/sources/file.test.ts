import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createCatalog } from "../catalog.ts";
import { createFileSource, parseInstanceList } from "./file.ts";

test("reads a list and follows the file, and keeps the last good list while it is broken", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rpcdeck-file-"));
  const path = join(folder, "backends.json");
  await writeFile(path, '[{"url": "grpc://127.0.0.1:1", "service": "pb.Greeter", "label": "one"}]');
  const catalog = createCatalog({ sources: [createFileSource({ name: "file", path })] });
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (holds()) {
          stop();
          resolve();
        }
      };
      const stop = catalog.onChange(check);
      check();
    });
  const source = () => catalog.state().sources[0]!.status;

  await until(() => source().kind === "ok");
  expect(catalog.instancesFor("pb.Greeter")).toMatchObject([{ id: "file/pb.Greeter=grpc://127.0.0.1:1", label: "one", source: "file" }]);
  await writeFile(join(folder, "next"), '[{"url": "connect+http://127.0.0.1:2", "service": "pb.*"}]');
  await rename(join(folder, "next"), path);
  await until(() => catalog.instancesFor("pb.Greeter")[0]?.protocol === "connect");
  await writeFile(path, "[{");
  await until(() => source().kind === "stale");
  expect(catalog.instancesFor("pb.Greeter")).toHaveLength(1);
  await writeFile(path, "[]");
  await until(() => catalog.all().length === 0);
  catalog.close();
  await rm(folder, { recursive: true });
});

test.each([
  ["{}", "not a JSON list"],
  ["[{}]", 'entry 1: "url" is missing'],
  ['[{"url": "grpc://a:1"}, {"url": "ftp://a"}]', "entry 2: target"],
  ['[{"url": "grpc://a:1", "label": 1}]', 'entry 1: "label" is not a text'],
  ['[{"url": "grpc://a:1", "metadata": {"a": 1}}]', 'entry 1: "metadata" is not an object of texts'],
])("says what is wrong with %s", (text, problem) => {
  const parsed = parseInstanceList(text, "file");
  expect(parsed.kind === "problem" && parsed.problem).toContain(problem);
});
