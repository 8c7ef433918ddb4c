/** Connections that wait for a worker while none is ready; further ones are cut off. */
export const maxQueued = 512;
/** Pause before a worker that ended is replaced, in milliseconds; doubles with each one that ended soon after its start. */
export const firstRestartMs = 100;
/** Longest such pause, in milliseconds. */
export const maxRestartMs = 10_000;
/** A worker that lived so long did not end soon, in milliseconds. */
export const steadyMs = 60_000;
/** Replacements in a row of a worker that ends soon; then its place stays empty. */
export const maxRestarts = 10;
/** Workers that do not tell their figures within this time are left out of the metrics, in milliseconds. */
export const metricsWaitMs = 1_000;
/** Workers that have not ended so long after the time for calls under way are killed, in milliseconds. */
export const killAfterMs = 3_000;
/** Calls that ended are told to the lead at least so often, in milliseconds. */
export const tellMs = 200;
/** And once there are so many. */
export const tellCalls = 500;
