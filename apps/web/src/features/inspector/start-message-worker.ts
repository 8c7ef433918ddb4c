// oxlint-disable-next-line import/default -- Vite bundles the file into one of its own and exports its URL
import workerUrl from "./message.worker.ts?worker&url";

let trustedUrl: string | URL | undefined;

/** Starts the worker that reads large messages. Its URL is the only one that the page's policy for workers lets through (decision 22). */
export function startMessageWorker(): Worker {
  trustedUrl ??= trusted();
  return new Worker(trustedUrl, { type: "module", name: "rpcdeck-message" });
}

function trusted(): string | URL {
  const policy = window.trustedTypes?.createPolicy("rpcdeck-worker", {
    createScriptURL(url) {
      if (url !== workerUrl) throw new TypeError(`${url} is not the worker of this page`);
      return url;
    },
  });
  return policy?.createScriptURL(workerUrl) ?? workerUrl;
}
