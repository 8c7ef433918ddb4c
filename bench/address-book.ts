import { create, toBinary } from "@bufbuild/protobuf";
import { AddressBookSchema, PersonSchema, PhoneType } from "@rpcdeck/protocol/pb/address_book_pb.ts";

const person = create(PersonSchema, {
  name: "Li Jiahao",
  id: 7,
  email: "lijiahao@example.com",
  phones: [
    { number: "15136588270", type: PhoneType.MOBILE },
    { number: "190019393", type: PhoneType.HOME },
  ],
  lastUpdated: { seconds: 1795326068n, nanos: 482000000 },
  labels: { team: "payments", floor: "3" },
  accountNumber: 18446744073709551615n,
});

/** A pb.AddressBook of at least `bytes`, all of one person. */
export function addressBook(bytes: number): Uint8Array {
  const one = toBinary(AddressBookSchema, create(AddressBookSchema, { people: [person] }));
  const all = new Uint8Array(Math.ceil(bytes / one.length) * one.length);
  for (let at = 0; at < all.length; at += one.length) all.set(one, at);
  return all;
}
