// Trusted Types as far as the page uses them: TypeScript's library does not know them. A trusted URL of a script goes where a URL goes.
interface TrustedTypePolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): URL };
}

interface Window {
  /** Undefined in browsers without Trusted Types. */
  readonly trustedTypes?: TrustedTypePolicyFactory;
}
