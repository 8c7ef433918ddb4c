import { clone, create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampNow } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { type AddressBookService, type Person, PersonSchema, PhoneType } from "@rpcdeck/protocol/pb/address_book_pb.ts";

/** Most people one book holds. */
const maxPeople = 10_000;
/** Largest id, int32. */
const maxId = 2_147_483_647;

/** What an address book needs. */
export interface AddressBookOptions {
  /** Name of the instance, put into answers. */
  readonly servedBy: string;
}

/** An address book in memory with a few people in it. Each call makes a book of its own; it is lost with the process. */
export function createAddressBook(options: AddressBookOptions): ServiceImpl<typeof AddressBookService> {
  const people = new Map<number, Person>();
  for (const person of firstPeople()) {
    people.set(person.id, person);
  }

  /** Stores a copy; true when nobody had its id before. */
  function store(given: Person): { person: Person; created: boolean } {
    const person = clone(PersonSchema, given);
    if (person.id < 0) {
      throw new ConnectError(`id is ${person.id}; ids are positive, or 0 to have one chosen`, Code.InvalidArgument);
    }
    if (person.id === 0) {
      person.id = freeId(people);
    }
    const created = !people.has(person.id);
    if (created && people.size >= maxPeople) {
      throw new ConnectError(`the book is full: it holds ${maxPeople} people`, Code.ResourceExhausted);
    }
    person.lastUpdated ??= timestampNow();
    people.set(person.id, person);
    return { person, created };
  }

  return {
    addPerson(request) {
      const { person, created } = store(request);
      return { person, created, servedBy: options.servedBy };
    },

    getPerson(request) {
      const person = people.get(request.id);
      if (person === undefined) {
        throw new ConnectError(`nobody has id ${request.id}`, Code.NotFound);
      }
      return person;
    },

    async *listPeople(request) {
      if (request.limit < 0) {
        throw new ConnectError(`limit is ${request.limit}; it must be 0 or more`, Code.InvalidArgument);
      }
      const found = [...people.values()]
        .filter((person) => person.name.startsWith(request.namePrefix))
        .sort((a, b) => a.id - b.id)
        .slice(0, request.limit === 0 ? undefined : request.limit);
      yield* found;
    },

    async importPeople(requests) {
      let added = 0;
      let replaced = 0;
      for await (const person of requests) {
        if (store(person).created) {
          added++;
        } else {
          replaced++;
        }
      }
      return { added, replaced, servedBy: options.servedBy };
    },
  };
}

function freeId(people: ReadonlyMap<number, Person>): number {
  let highest = 0;
  for (const id of people.keys()) {
    highest = Math.max(highest, id);
  }
  if (highest < maxId) {
    return highest + 1;
  }
  let id = 1;
  while (people.has(id)) {
    id++;
  }
  return id;
}

function firstPeople(): Person[] {
  const lastUpdated = timestampFromMs(Date.UTC(2021, 7, 20, 12));
  return [
    create(PersonSchema, {
      id: 1,
      name: "lijiahao",
      email: "lijiahao@example.com",
      phones: [
        { number: "555-4321", type: PhoneType.HOME },
        { number: "138-0013-8000", type: PhoneType.MOBILE },
      ],
      lastUpdated,
      contactPreference: { case: "emailOptin", value: true },
      labels: { team: "rpc", city: "Shenzhen" },
      accountNumber: 9_007_199_254_740_993n,
    }),
    create(PersonSchema, {
      id: 2,
      name: "李家豪",
      email: "jiahao@example.com",
      phones: [{ number: "555-9876", type: PhoneType.WORK }],
      lastUpdated,
      labels: { team: "registry" },
      accountNumber: 18_446_744_073_709_551_615n,
      nickname: "",
    }),
    create(PersonSchema, {
      id: 3,
      name: "Ada Lovelace",
      email: "ada@example.com",
      lastUpdated,
      contactPreference: { case: "smsOptin", value: true },
      photo: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      nickname: "ada",
    }),
  ];
}
