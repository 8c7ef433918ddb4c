import { bytesFromBase64, toBase64 } from "./base64.ts";
import { codeFromName, nameFromCode, type CodeName, type Detail, type Outcome } from "./outcome.ts";
import { typeUrlFrom } from "./type-url.ts";

const httpStatusByCode: Readonly<Record<CodeName, number>> = {
  ok: 200,
  canceled: 499,
  unknown: 500,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 400,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  data_loss: 500,
  unauthenticated: 401,
};

/** The HTTP status of a unary Connect answer with this code. */
export function httpStatusFromCode(code: number): number {
  return httpStatusByCode[nameFromCode(code)];
}

/** An error as the Connect protocol writes it. */
export interface ConnectErrorJson {
  readonly code: CodeName;
  readonly message?: string;
  readonly details?: readonly { readonly type: string; readonly value: string }[];
}

/** The error object of an outcome that is not ok; details by bare type name with unpadded base64. */
export function connectErrorFrom(outcome: Outcome): ConnectErrorJson {
  return {
    code: nameFromCode(outcome.code),
    ...(outcome.message === "" ? {} : { message: outcome.message }),
    ...(outcome.details.length === 0
      ? {}
      : {
          details: outcome.details.map((detail) => ({
            type: detail.typeUrl.slice(detail.typeUrl.lastIndexOf("/") + 1),
            value: toBase64(detail.bytes),
          })),
        }),
  };
}

/** The bytes of a unary error body. */
export function writeConnectError(outcome: Outcome): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(connectErrorFrom(outcome)));
}

/**
 * Code, message and details of a parsed error object. Tolerant: an unknown or missing code is `fallback`, broken details are left out,
 * `debug` is ignored.
 */
export function parseConnectErrorValue(value: unknown, fallback: CodeName): Pick<Outcome, "code" | "message" | "details"> {
  const fallbackCode = codeFromName(fallback) ?? 2;
  if (!isRecord(value)) return { code: fallbackCode, message: "", details: [] };
  const named = typeof value["code"] === "string" ? codeFromName(value["code"]) : undefined;
  const details: Detail[] = [];
  if (Array.isArray(value["details"])) {
    for (const detail of value["details"] as unknown[]) {
      if (!isRecord(detail) || typeof detail["type"] !== "string" || typeof detail["value"] !== "string") continue;
      const bytes = bytesFromBase64(detail["value"]);
      if (bytes !== undefined) details.push({ typeUrl: typeUrlFrom(detail["type"]), bytes });
    }
  }
  return {
    code: named === undefined || named === 0 ? fallbackCode : named,
    message: typeof value["message"] === "string" ? value["message"] : "",
    details,
  };
}

/** The outcome of a unary error body (decompressed); a body that is no error object gives the code of the HTTP status, and says so. */
export function outcomeFromConnectError(body: Uint8Array, fallback: CodeName): Pick<Outcome, "code" | "message" | "details"> {
  const value = parseJson(body);
  const outcome = parseConnectErrorValue(value, fallback);
  return isRecord(value) ? outcome : { ...outcome, message: "the body of the answer is no Connect error" };
}

/** JSON of bytes; undefined when they are none. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // somebody else's bytes: no JSON is an answer
  }
}

/** True for an object that is neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
