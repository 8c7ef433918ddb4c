import { controlOf, type ItemType } from "@rpcdeck/schema";

/** What can be done with the item at an index. */
export type ItemAction = "up" | "down" | "duplicate" | "insert" | "remove";

/** Pixels that the fields of a message inside stand further right. */
export const messageIndent = 20;

/** True when items of this type take rows of their own. */
export function isBlock(type: ItemType): boolean {
  const control = controlOf(type);
  return control === "message" || control === "any";
}
