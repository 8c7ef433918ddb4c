/** One metadata entry as it stands on the wire: the name in lower case, `-bin` values as base64 text. Lists keep order and duplicates. */
export type Header = readonly [name: string, value: string];

/** The first value of a header, or undefined. `name` is lower case. */
export function headerValue(headers: readonly Header[], name: string): string | undefined {
  return headers.find(([candidate]) => candidate === name)?.[1];
}
