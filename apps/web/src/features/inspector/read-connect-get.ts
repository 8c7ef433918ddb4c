import { parseConnectGet } from "@rpcdeck/frames";

/** The message of a Connect GET, and how it is written. */
export interface ReadGet {
  readonly bytes: Uint8Array;
  readonly codec: "proto" | "json";
  /** What the message is compressed with; "" for nothing. */
  readonly encoding: string;
}

/** Reads the URL of a Connect GET, its request line, or its query alone; undefined for every other text (Connect, Unary-Get-Request). */
export function readConnectGet(text: string): ReadGet | undefined {
  const url = text
    .trim()
    .replace(/^GET\s+/, "")
    .replace(/\s+HTTP\/[\d.]+$/, "");
  if (/\s/.test(url)) return undefined;
  const [beforeFragment = ""] = url.split("#");
  const read = parseConnectGet(beforeFragment.slice(beforeFragment.indexOf("?") + 1));
  if (read.kind === "problem") return undefined;
  const { message, codec, encoding } = read.get;
  return { bytes: message, codec: codec === "json" ? "json" : "proto", encoding: encoding === "identity" ? "" : encoding };
}
