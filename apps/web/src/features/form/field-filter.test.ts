import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { parseJson } from "@rpcdeck/schema";
import { expect, test } from "vitest";
import { createFieldFilter } from "./field-filter.ts";

function treeOf(json: string) {
  const parsed = parseJson(PersonSchema, undefined, json);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.message;
}

const paths = ["name", "id", "phones", "phones[0]", "phones[0].number", "phones[1].number", "labels", 'labels["team"]', "account_number"];

function shownBy(query: string, json = '{"phones": [{"number": "1"}, {"number": "2"}], "labels": {"team": "x"}}') {
  const filter = createFieldFilter(treeOf(json), query);
  return { shown: paths.filter(filter.isShown), open: paths.filter(filter.isOnWay), count: filter.matchCount };
}

test("leaves fields whose path has the query in it, what is in them and the way to them", () => {
  expect(shownBy("NUMBER")).toEqual({
    shown: ["phones", "phones[0]", "phones[0].number", "phones[1].number", "account_number"],
    open: ["phones", "phones[0]"],
    count: 3,
  });
  expect(shownBy("phones")).toEqual({ shown: paths.slice(2, 6), open: [], count: 1 });
  expect(shownBy("team")).toEqual({ shown: ["labels", 'labels["team"]'], open: ["labels"], count: 1 });
  expect(shownBy("[1].n")).toMatchObject({ open: ["phones"], count: 1 });
  expect(shownBy("nothing of it")).toEqual({ shown: [], open: [], count: 0 });
});
