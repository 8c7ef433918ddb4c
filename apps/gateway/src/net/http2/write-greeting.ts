import type { Duplex } from "node:stream";
import { streamWindowBytes } from "./client-stream.ts";
import { clientPreface, defaultWindowBytes, frameTypes, settingIds } from "./frame.ts";
import type { FrameOutput } from "./frame-output.ts";
import { maxBlockBytes } from "./header-block-input.ts";

/** Receive window of a whole connection in bytes. */
export const connectionWindowBytes: number = 16 * 1024 * 1024;

/** Begins a connection as its client: the preface, our SETTINGS, and the window of the connection. */
export function writeGreeting(socket: Duplex, output: FrameOutput): void {
  socket.write(clientPreface);
  const settings: readonly (readonly [number, number])[] = [
    [settingIds.enablePush, 0],
    [settingIds.initialWindowSize, streamWindowBytes],
    [settingIds.maxHeaderListSize, maxBlockBytes],
  ];
  let at = output.reserve(settings.length * 6);
  for (const [id, value] of settings) {
    at = output.buffer.writeUInt16BE(id, at);
    at = output.buffer.writeUInt32BE(value, at);
  }
  output.commit(frameTypes.settings, 0, 0, settings.length * 6);
  output.words(frameTypes.windowUpdate, 0, 0, connectionWindowBytes - defaultWindowBytes);
  output.flush();
}
