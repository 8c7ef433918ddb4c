/** What a piece of base64 text stands for. */
export interface DecodedWebText {
  /** Bytes that are complete by now; where the text breaks off, those before. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Offset in the whole text of the first character that cannot stand there. Nothing is read after it. */
  readonly brokenAt: number | undefined;
}

/** Base64 text to bytes, chunk by chunk; padding may stand anywhere, as each side encodes frame by frame. */
export interface GrpcWebTextDecoder {
  push(chunk: Uint8Array): DecodedWebText;
  /** Bytes of a last group that came without its padding; undefined when it is cut inside a byte, and after text that is not base64. */
  end(): Uint8Array<ArrayBuffer> | undefined;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const encodeTable = Uint8Array.from(alphabet, (char) => char.charCodeAt(0));
const padding = 0x3d;
const decodeTable = new Int8Array(256).fill(-1);
for (let index = 0; index < encodeTable.length; index++) decodeTable[encodeTable[index] as number] = index;
decodeTable[0x2d] = 62; // URL alphabet, read only
decodeTable[0x5f] = 63;

/** A decoder of application/grpc-web-text bodies. Line breaks are skipped. */
export function createGrpcWebTextDecoder(): GrpcWebTextDecoder {
  let group = 0;
  let count = 0;
  let pads = 0;
  let seen = 0;
  let brokenAt: number | undefined;
  return {
    push(chunk) {
      if (brokenAt !== undefined) return { bytes: new Uint8Array(), brokenAt };
      const out = new Uint8Array(((chunk.length + count + pads) >>> 2) * 3 + 3);
      let length = 0;
      for (let at = 0; at < chunk.length; at++) {
        const char = chunk[at] as number;
        if (char === 0x0d || char === 0x0a) continue;
        const value = decodeTable[char] as number;
        if (char === padding ? count < 2 : value === -1 || pads > 0) {
          brokenAt = seen + at;
          break;
        }
        if (char === padding) pads++;
        else {
          group = (group << 6) | value;
          count++;
        }
        if (count + pads < 4) continue;
        group <<= 6 * pads;
        out[length++] = group >>> 16;
        if (pads < 2) out[length++] = group >>> 8;
        if (pads < 1) out[length++] = group;
        group = 0;
        count = 0;
        pads = 0;
      }
      seen += chunk.length;
      return { bytes: out.subarray(0, length), brokenAt };
    },
    end() {
      if (brokenAt !== undefined || count === 1) return undefined;
      if (count === 0) return new Uint8Array();
      const rest = group << (6 * (4 - count));
      const bytes = count === 2 ? [rest >>> 16] : [rest >>> 16, rest >>> 8];
      group = 0;
      count = 0;
      pads = 0;
      return new Uint8Array(bytes);
    },
  };
}

/** One piece of an application/grpc-web-text body: padded base64 of `bytes`, as ASCII bytes. */
export function encodeGrpcWebText(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let to = 0;
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    out[to++] = encodeTable[group >>> 18] as number;
    out[to++] = encodeTable[(group >>> 12) & 63] as number;
    out[to++] = left > 1 ? (encodeTable[(group >>> 6) & 63] as number) : padding;
    out[to++] = left > 2 ? (encodeTable[group & 63] as number) : padding;
  }
  return out;
}
