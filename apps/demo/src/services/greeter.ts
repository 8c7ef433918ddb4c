import type { ServiceImpl } from "@connectrpc/connect";
import type { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";

/** The study note's Greeter: answers "hello " and the name. Keeps no state. */
export function createGreeter(): ServiceImpl<typeof Greeter> {
  return {
    sayHello: (request) => ({ message: `hello ${request.name}` }),
  };
}
