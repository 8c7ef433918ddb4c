/** Paths of a FieldMask as ProtoJSON writes them: lowerCamelCase, joined by commas. A path that would not read back stays as it is. */
export function maskToJson(paths: readonly string[]): string {
  return paths.map((path) => (snake(camel(path)) === path ? camel(path) : path)).join(",");
}

/** Paths from their ProtoJSON form; a path that holds `_` is taken as it is. */
export function maskFromJson(text: string): string[] {
  if (text === "") return [];
  return text.split(",").map((path) => (path.includes("_") ? path : snake(path)));
}

function camel(path: string): string {
  return path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function snake(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
