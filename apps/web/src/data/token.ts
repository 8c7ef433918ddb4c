/** Where the gateway's token is kept: this tab only, gone when it closes. */
const storageKey = "rpcdeck.token";

let current = readStored();
const listeners = new Set<() => void>();

/** The gateway's token (decision 21), or undefined where none was given. Sent as `rpcdeck-token`, or as the tunnel's second subprotocol. */
export function gatewayToken(): string | undefined {
  return current;
}

/** Keeps a token for this tab. An empty one forgets it. */
export function setGatewayToken(token: string): void {
  current = token === "" ? undefined : token;
  try {
    if (current === undefined) sessionStorage.removeItem(storageKey);
    else sessionStorage.setItem(storageKey, current);
  } catch {
    // Storage is switched off: the token holds until the page is left.
  }
  for (const listener of listeners) listener();
}

/** Calls `listener` after every change; answers how to stop. */
export function onGatewayToken(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes `#t=...` from the address, keeps it as the token, and drops it from the address and the history. Call once, before anything is sent. */
export function takeTokenFromAddress(): void {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("t");
  if (token === null) return;
  fragment.delete("t");
  const rest = fragment.toString();
  history.replaceState(history.state, "", location.pathname + location.search + (rest === "" ? "" : `#${rest}`));
  setGatewayToken(token);
}

function readStored(): string | undefined {
  try {
    return sessionStorage.getItem(storageKey) ?? undefined;
  } catch {
    return undefined;
  }
}
