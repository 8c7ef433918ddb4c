import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";

/** Standard base64 without padding, as gRPC and Connect write binary metadata and details. */
export function toBase64(bytes: Uint8Array): string {
  return base64Encode(bytes, "std_raw");
}

/** Bytes of base64 text, padded or not, standard or URL alphabet; undefined when it is not base64. */
export function bytesFromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return base64Decode(text);
  } catch {
    return undefined; // the text is somebody else's: not base64 is an answer, not a fault
  }
}
