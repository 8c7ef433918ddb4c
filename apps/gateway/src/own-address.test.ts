import { expect, test } from "vitest";
import { isLocalAddress } from "./own-address.ts";

for (const [address, listenHost, expected] of [
  ["127.0.0.1:80", "127.0.0.1", true],
  ["localhost:80", "127.0.0.1", true],
  ["127.0.0.1:81", "127.0.0.1", false],
  ["127.0.0.2:80", "127.0.0.1", false],
  ["[::1]:80", "127.0.0.1", false],
  ["[::1]:80", "::1", true],
  ["127.0.0.1:80", "0.0.0.0", true],
  ["127.1.2.3:80", "0.0.0.0", true],
  ["example.com:80", "0.0.0.0", false],
  ["unix:/tmp/80", "127.0.0.1", false],
] as const) {
  test(`${address} ${expected ? "is" : "is not"} our own when listening on ${listenHost} port 80`, () => {
    expect(isLocalAddress(address, listenHost, 80)).toBe(expected);
  });
}
