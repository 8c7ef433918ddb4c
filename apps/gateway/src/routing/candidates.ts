import type { CatalogView } from "../catalog/catalog-view.ts";
import type { Instance } from "../catalog/instance.ts";
import type { Select } from "./select/select.ts";

/**
 * The next instance to try: never one that was tried, one that is not demoted where there is any. Undefined when all were tried. What is
 * told to the catalog is the choice, so that a failing instance whose time is over is tried by one call only.
 */
export function nextCandidate(
  instances: readonly Instance[],
  tried: readonly Instance[],
  service: string,
  select: Select,
  catalog: Pick<CatalogView, "isDemoted" | "chosen">,
): Instance | undefined {
  const left = tried.length === 0 ? instances : instances.filter((instance) => !tried.includes(instance));
  if (left.length <= 1) return left[0];
  const healthy = left.filter(({ id }) => !catalog.isDemoted(id));
  const choice = select.choose(healthy.length === 0 ? left : healthy, service);
  if (choice !== undefined) catalog.chosen(choice.id);
  return choice;
}
