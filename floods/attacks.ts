// What an attacker sends: one entry per kind of flood. Every kind is legal or nearly legal HTTP/2 that costs the sender next to nothing.
import { flag, frame, frameType, headerBlock, uint32 } from "./http2-frames.ts";

/** One kind of flood over one connection. */
export interface Attack {
  readonly name: string;
  /** What is sent, in words. */
  readonly what: string;
  /** The bytes of one repetition; counts from 0. */
  readonly repeat: (at: number) => Buffer;
  /** Repetitions; the attacker stops earlier where the connection is closed. */
  readonly count: number;
  /** "never": answers pile up. "no settings": it does not wait for the server's settings, nor acknowledges them. */
  readonly reads: "all" | "no settings" | "never";
  /** What must happen within the limit. "idle": closed by the gateway's own timer, and not before. */
  readonly closes: "at once" | "idle";
}

/** Stream id of a client's n-th request; counts from 0. */
const idOf = (at: number): number => 2 * at + 1;
/** The method that attacks call; nobody else does, so that the gateway's own count of it is theirs. */
export const attackedPath = "/pb.AddressBookService/ListPeople";

const cancel = uint32(8);
const emptyMessage = Buffer.alloc(5);
/** The first piece opens what the others go on with. */
const after =
  (first: Buffer, next: Buffer) =>
  (at: number): Buffer =>
    at === 0 ? Buffer.concat([first, next]) : next;
const maxSetting = Buffer.concat([Buffer.from([0, 4]), uint32(65_535)]);
const padding = headerBlock([["x-padding", "a".repeat(100)]]);
const kilobyte = Buffer.concat(Array.from({ length: 9 }, () => padding));

/** Every kind, with requests that the gateway would pass on to `target`, such as `grpc://127.0.0.1:50051`. */
export function attacksOn(target: string): readonly Attack[] {
  const request = headerBlock([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", attackedPath],
    [":authority", "127.0.0.1"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ["rpcdeck-target", target],
    ["x-call-id", "attack"],
  ]);
  const open = (at: number, flags: number = flag.endHeaders): Buffer => frame(frameType.headers, flags, idOf(at), request);
  return [
    {
      name: "rapidreset",
      what: "requests that are cancelled at once",
      repeat: (at) => Buffer.concat([open(at), frame(frameType.resetStream, flag.none, idOf(at), cancel)]),
      count: 20_000,
      reads: "all",
      closes: "at once",
    },
    {
      name: "rapidreset0",
      what: "the same before the server could say its limits",
      repeat: (at) => Buffer.concat([open(at), frame(frameType.resetStream, flag.none, idOf(at), cancel)]),
      count: 20_000,
      reads: "no settings",
      closes: "at once",
    },
    {
      name: "continuation",
      what: "headers of 1 kB a piece that do not end",
      repeat: after(open(0, flag.none), frame(frameType.continuation, flag.none, 1, kilobyte)),
      count: 20_000,
      reads: "all",
      closes: "at once",
    },
    {
      name: "continuation0",
      what: "headers of empty pieces that do not end",
      repeat: after(open(0, flag.none), frame(frameType.continuation, flag.none, 1)),
      count: 50_000,
      reads: "all",
      closes: "at once",
    },
    {
      name: "ping",
      what: "PING",
      repeat: () => frame(frameType.ping, flag.none, 0, Buffer.alloc(8)),
      count: 200_000,
      reads: "all",
      closes: "at once",
    },
    {
      name: "pingnoread",
      what: "PING whose answers are not read",
      repeat: () => frame(frameType.ping, flag.none, 0, Buffer.alloc(8)),
      count: 200_000,
      reads: "never",
      closes: "at once",
    },
    {
      name: "settings",
      what: "SETTINGS",
      repeat: () => frame(frameType.settings, flag.none, 0, maxSetting),
      count: 200_000,
      reads: "all",
      closes: "at once",
    },
    {
      name: "settingsnoread",
      what: "SETTINGS whose answers are not read",
      repeat: () => frame(frameType.settings, flag.none, 0, maxSetting),
      count: 200_000,
      reads: "never",
      closes: "at once",
    },
    {
      name: "emptydata",
      what: "a request body of empty DATA frames",
      repeat: after(open(0), frame(frameType.data, flag.none, 1)),
      count: 200_000,
      reads: "all",
      closes: "at once",
    },
    {
      name: "priority",
      what: "PRIORITY of streams that do not exist",
      repeat: (at) => frame(frameType.priority, flag.none, idOf(at), Buffer.concat([uint32(0), Buffer.from([1])])),
      count: 200_000,
      reads: "all",
      closes: "at once",
    },
    {
      name: "madeyoureset",
      what: "requests that the server is made to reset, by WINDOW_UPDATE of 0",
      repeat: (at) =>
        Buffer.concat([
          open(at),
          frame(frameType.data, flag.endStream, idOf(at), emptyMessage),
          frame(frameType.windowUpdate, flag.none, idOf(at), uint32(0)),
        ]),
      count: 20_000,
      reads: "all",
      closes: "at once",
    },
    {
      name: "wuoverflow",
      what: "WINDOW_UPDATE past the largest window",
      repeat: () => frame(frameType.windowUpdate, flag.none, 0, uint32(0x7fff_ffff)),
      count: 5,
      reads: "all",
      closes: "at once",
    },
    {
      name: "hold",
      what: "a PING now and then, and never a request",
      repeat: () => frame(frameType.ping, flag.none, 0, Buffer.alloc(8)),
      count: 1,
      reads: "all",
      closes: "idle",
    },
    {
      name: "holdhdr",
      what: "a request whose body never comes",
      repeat: () => open(0),
      count: 1,
      reads: "all",
      closes: "idle",
    },
  ];
}
