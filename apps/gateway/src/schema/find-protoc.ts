import { createRequire } from "node:module";
import path from "node:path";

interface Asset {
  readonly platform: string;
  readonly arch: string;
  readonly executable: string;
}

/** Where the bundled protoc lies. */
export interface Protoc {
  readonly executable: string;
  /** Folder of the well-known .proto files. */
  readonly include: string;
}

/** The protoc of the npm package of that name; undefined where it has none for this platform. */
export function findProtoc(): Protoc | undefined {
  const require = createRequire(import.meta.url);
  const assets = require.resolve("protoc/assets.json");
  const asset = (require(assets) as readonly Asset[]).find(({ platform, arch }) => platform === process.platform && arch === process.arch);
  if (asset === undefined) return undefined;
  const root = path.dirname(assets);
  return { executable: path.join(root, "bin", asset.executable), include: path.join(root, "include") };
}
