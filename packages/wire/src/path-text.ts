/** One step of a path: a field, and which of its elements or occurrences. */
export interface PathStep {
  /** Field name, `[pkg.extension]`, or a field number. "" for an element alone: what the step before is read as has elements. */
  readonly field: string | number;
  /** Element of a list, or key of a map as written: `"a"`, `1`, `true`. */
  readonly element: string | undefined;
  /** Counts from 1; 1 is not written. */
  readonly occurrence: number;
}

/** Steps of a path, or the column (from 0) where it cannot be read. */
export function parsePath(path: string): { steps: PathStep[] } | { badAt: number } {
  const steps: PathStep[] = [];
  let at = 0;
  while (at < path.length) {
    if (path[at] === ".") {
      if (steps.length === 0) return { badAt: at };
      at++;
    }
    const rest = path.slice(at);
    const alone = steps.length === 0 ? undefined : /^\[(\d{1,9})\]/.exec(rest);
    if (alone !== undefined && alone !== null) {
      steps.push({ field: "", element: alone[1], occurrence: 1 });
      at += alone[0].length;
      if (at < path.length && path[at] !== "." && path[at] !== "#" && path[at] !== "[") return { badAt: at };
      continue;
    }
    const field = /^(?:#\d{1,9}|\[[A-Za-z_][\w.]*\]|[A-Za-z_]\w*)/.exec(rest)?.[0];
    if (field === undefined) return { badAt: at };
    const tail = /^(?:\[("(?:[^"\\]|\\.)*"|-?\d+|true|false)\])?(?:~([1-9]\d{0,8}))?/.exec(rest.slice(field.length));
    steps.push({
      field: field.startsWith("#") ? Number(field.slice(1)) : field,
      element: tail?.[1],
      occurrence: tail?.[2] === undefined ? 1 : Number(tail[2]),
    });
    at += field.length + (tail?.[0].length ?? 0);
    if (at < path.length && path[at] !== "." && path[at] !== "#" && path[at] !== "[") return { badAt: at };
  }
  return { steps };
}

/** A step as text, without the dot before it. */
export function stepText({ field, element, occurrence }: PathStep): string {
  const name = typeof field === "number" ? `#${field}` : field;
  return `${name}${element === undefined ? "" : `[${element}]`}${occurrence === 1 ? "" : `~${occurrence}`}`;
}

/** `prefix` and one more step. */
export function joinPath(prefix: string, step: string): string {
  return prefix === "" || step.startsWith("#") || step.startsWith("[") ? prefix + step : `${prefix}.${step}`;
}

/** A map key as protobuf-es writes it. */
export function quoteKey(key: string): string {
  return `"${key.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\r", "\\r").replaceAll("\n", "\\n")}"`;
}
