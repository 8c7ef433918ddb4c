export { createHealth, type HealthLookup } from "./health.ts";
export { fixedReflection, type ReflectedSchema, type ReflectionLookup, registerReflection } from "./reflection.ts";
export { createRequestQueue, type RequestQueue } from "./request-queue.ts";
