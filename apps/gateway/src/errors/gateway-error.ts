/** Every fault the gateway itself can report: status code (gRPC number) and what the user can do. docs/errors.md lists them all. */
export const gatewayFaults = {
  unknown_service: { code: 12, hint: "Check the name, or register an instance that has it." },
  unknown_method: { code: 12, hint: "Check the method's name and the instance's version." },
  instance_unknown: { code: 9, hint: "The instance is gone; choose another or let the policy choose." },
  target_invalid: { code: 3, hint: "Write host:port, unix:/path or a URL such as grpc://host:port." },
  target_forbidden: { code: 7, hint: "This gateway does not call that address; see docs/limits.md, address policy." },
  target_unreachable: { code: 14, hint: "Check the address and that the server is running." },
  target_protocol: { code: 14, hint: "The server does not speak this protocol; choose another." },
  backend_reset: { code: 14, hint: "The backend broke the call off; its log may say why." },
  backend_malformed: { code: 13, hint: "The backend sent bytes that are not this protocol; the Bytes view shows them." },
  deadline_exceeded: { code: 4, hint: "Give the call more time." },
  message_too_large: { code: 8, hint: "Start the gateway with a larger --max-message." },
  headers_too_large: { code: 8, hint: "Send less metadata." },
  request_malformed: { code: 3, hint: "The request's framing is broken." },
  unsupported_encoding: { code: 12, hint: "Use one of the encodings in the accept-encoding header." },
  schema_unknown: { code: 9, hint: "Upload the schema again." },
  schema_missing: { code: 9, hint: "Enable server reflection, give --proto or upload descriptors." },
  kind_unknown: { code: 9, hint: "A Connect backend needs the method's schema: enable reflection or give --proto." },
  json_invalid: { code: 3, hint: "Correct the JSON at the place named." },
  protocol_unsupported: { code: 12, hint: "This instance is registered but its protocol cannot be called yet." },
  policy_unknown: { code: 3, hint: "Use one of the names listed in docs/cli.md." },
  hedge_refused: { code: 3, hint: "Leave out rpcdeck-hedge; it is for unary methods without side effects." },
  loop_detected: { code: 9, hint: "The call came back to a gateway; check the registered addresses." },
  too_busy: { code: 8, hint: "Too many calls wait for this backend; try again." },
  body_too_slow: { code: 4, hint: "The request body made no progress." },
  shutting_down: { code: 14, hint: "The gateway is ending; try again." },
} as const satisfies Record<string, { readonly code: number; readonly hint: string }>;

/** Literal code of a fault. */
export type GatewayFaultCode = keyof typeof gatewayFaults;

/** A fault of the gateway itself. `message` names the offending value and the limit; `cause` is logged, never sent. */
export class GatewayError extends Error {
  readonly code: GatewayFaultCode;
  /** More about it for the page, such as near matches. */
  readonly info: Readonly<Record<string, string>>;

  constructor(code: GatewayFaultCode, message: string, options: { cause?: unknown; info?: Readonly<Record<string, string>> } = {}) {
    super(message, { cause: options.cause });
    this.name = "GatewayError";
    this.code = code;
    this.info = options.info ?? {};
  }
}
