/** What the registry screen shows, as it stands in the address. */
export interface RegistrySearch {
  /** Words looked for in id, address, registered name and metadata. */
  readonly q?: string | undefined;
  readonly service?: string | undefined;
  readonly state?: InstanceState | undefined;
  readonly source?: string | undefined;
  /** Protocol in the words of the catalog. */
  readonly speaks?: string | undefined;
  readonly show?: "problems" | "changed" | undefined;
  readonly group?: "source" | "none" | undefined;
  /** Id of the instance in the detail pane. */
  readonly instance?: string | undefined;
}

/** How an instance is, in one word. */
export type InstanceState = "healthy" | "failing" | "last known" | "evicted";

/** The states in the order they are listed. */
export const instanceStates: readonly InstanceState[] = ["healthy", "failing", "last known", "evicted"];

/** Reads the address; what does not fit is left out. */
export function parseRegistrySearch(search: Record<string, unknown>): RegistrySearch {
  const text = (name: string) => (typeof search[name] === "string" && search[name] !== "" ? search[name] : undefined);
  const oneOf = <Value extends string>(name: string, values: readonly Value[]) => values.find((value) => value === search[name]);
  return compact({
    q: text("q"),
    service: text("service"),
    state: oneOf("state", instanceStates),
    source: text("source"),
    speaks: text("speaks"),
    show: oneOf("show", ["problems", "changed"] as const),
    group: oneOf("group", ["source", "none"] as const),
    instance: text("instance"),
  });
}

/** A search changed in some places; undefined takes a place out. */
export function changeSearch(
  search: RegistrySearch,
  change: { readonly [Key in keyof RegistrySearch]?: RegistrySearch[Key] | undefined },
): RegistrySearch {
  return compact({ ...search, ...change });
}

function compact(search: { [Key in keyof RegistrySearch]?: RegistrySearch[Key] | undefined }): RegistrySearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}
