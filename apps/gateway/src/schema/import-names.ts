/** A .proto source. */
export interface ProtoSource {
  /** Relative path with forward slashes. */
  readonly path: string;
  readonly content: Uint8Array;
  /** True for a file that is only there to be imported: it is not compiled for its own sake, so that its faults do no harm. */
  readonly isSpare?: boolean;
}

/**
 * The name under which each source is to be compiled, by its path. A file that others import under another name gets that name, so that a
 * folder compiles whichever of its parents is the import root: `orders.proto` or `acme/v1/orders.proto` both answer to
 * `import "acme/v1/orders.proto"` where only one file fits.
 */
export function importNames(sources: readonly ProtoSource[]): ReadonlyMap<string, string> {
  const names = new Map(sources.map(({ path }) => [path, path]));
  const taken = new Set(names.values());
  for (const source of sources) {
    for (const imported of importsOf(source.content)) {
      if (taken.has(imported)) continue;
      const fitting = [...names].filter(([path, name]) => path === name && isSuffix(path, imported));
      const only = fitting.length === 1 ? fitting[0] : undefined;
      if (only === undefined) continue;
      names.set(only[0], imported);
      taken.add(imported);
    }
  }
  return names;
}

/** True when one path ends with the other, whole segments only. */
function isSuffix(path: string, imported: string): boolean {
  return path.endsWith(`/${imported}`) || imported.endsWith(`/${path}`);
}

function importsOf(content: Uint8Array): string[] {
  const text = new TextDecoder().decode(content);
  return [...text.matchAll(/^[ \t]*import\s+(?:public\s+|weak\s+|option\s+)?"([^"\n]+)"/gmu)].map((match) => match[1] ?? "");
}
