import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { findMessageTypes } from "@rpcdeck/schema";
import { useMemo } from "react";
import type { Option } from "#ui/select.tsx";

/** Message types of several registries as one list. */
export interface KnownTypes {
  /** A type by its full name, from the first registry that has it, and that registry. */
  readonly get: (typeName: string) => { readonly desc: DescMessage; readonly registry: Registry } | undefined;
  /** Types whose name holds a text. */
  readonly find: (text: string) => readonly Option[];
}

/** No more types than this are listed at once. */
const maxListed = 60;

/** The message types of `registries`; the first registry that has a name decides what it means. */
export function useKnownTypes(registries: readonly Registry[]): KnownTypes {
  return useMemo(
    () => ({
      get(typeName) {
        for (const registry of registries) {
          const desc = registry.getMessage(typeName);
          if (desc !== undefined) return { desc, registry };
        }
        return undefined;
      },
      find(text) {
        const found = new Map<string, Option>();
        for (const registry of registries) {
          for (const { typeName, fields } of findMessageTypes(registry, text, maxListed)) {
            if (!found.has(typeName)) found.set(typeName, { id: typeName, label: typeName, note: `${fields.length} fields` });
          }
        }
        return [...found.values()].slice(0, maxListed);
      },
    }),
    [registries],
  );
}
