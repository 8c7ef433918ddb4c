import type { WebSocket } from "ws";

/**
 * Pings a socket every `everyMs` until it closes, and cuts it off when by the next time nothing has come back: a peer that vanished without
 * a word would hold its calls for ever. While the socket is paused nothing is read, so that its silence says nothing.
 */
export function keepPinged(socket: WebSocket, everyMs: number): void {
  let isAlive = true;
  const seen = (): void => {
    isAlive = true;
  };
  const timer = setInterval(() => {
    if (socket.isPaused) {
      isAlive = true;
      return;
    }
    if (!isAlive) {
      socket.terminate();
      return;
    }
    isAlive = false;
    socket.ping();
  }, everyMs);
  socket.on("pong", seen);
  socket.on("message", seen);
  socket.once("close", () => {
    clearInterval(timer);
  });
}
