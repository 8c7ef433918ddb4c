import { nearest } from "@rpcdeck/schema";

/** What the page gets to know of an unknown method: the one that was probably meant, and all that there are. */
export function unknownMethodInfo(method: string, methods: readonly string[]): Readonly<Record<string, string>> {
  const near = nearest(method, methods);
  return { ...(near === undefined ? {} : { near }), methods: methods.join(", ") };
}
