import type { DescMessage, Registry } from "@bufbuild/protobuf";

/** The full type name at the end of an Any's type URL. */
export function typeNameOfUrl(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}

/** The type URL that an Any of this message type carries. */
export function urlOfType(desc: DescMessage): string {
  return `type.googleapis.com/${desc.typeName}`;
}

/** Message types of a registry whose full name contains `text`, whatever the case; those that start a name part with it come first. */
export function findMessageTypes(registry: Registry, text: string, limit: number): DescMessage[] {
  const wanted = text.trim().toLowerCase();
  const good: DescMessage[] = [];
  const fair: DescMessage[] = [];
  for (const desc of registry) {
    if (desc.kind !== "message") continue;
    const name = desc.typeName.toLowerCase();
    if (!name.includes(wanted)) continue;
    (wanted === "" || `.${name}`.includes(`.${wanted}`) ? good : fair).push(desc);
  }
  const byName = (a: DescMessage, b: DescMessage) => (a.typeName < b.typeName ? -1 : 1);
  return [...good.toSorted(byName), ...fair.toSorted(byName)].slice(0, limit);
}
