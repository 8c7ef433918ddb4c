import { Input } from "#ui/input.tsx";
import { Segmented } from "#ui/segmented.tsx";
import { Select } from "#ui/select.tsx";
import text from "#ui/text.module.css";
import type { changeSearch, RegistrySearch } from "./registry-search.ts";
import s from "./registry.module.css";

/** What the table shows: all, problems or changes; a word; and how it is grouped. */
export function Toolbar({
  count,
  search,
  onChange,
}: {
  count: number;
  search: RegistrySearch;
  onChange: (change: Parameters<typeof changeSearch>[1]) => void;
}) {
  return (
    <div className={s.toolbar}>
      <h1>
        Instances <span className={text.count}>{count}</span>
      </h1>
      <Segmented
        label="Show"
        size="sm"
        segments={[
          { id: "all", label: "All" },
          { id: "problems", label: "Problems", tip: "Failing, last known, evicted, or without a schema" },
          { id: "changed", label: "Changed", tip: "Had an event in the last 10 minutes" },
        ]}
        selected={search.show ?? "all"}
        onSelect={(show) => onChange({ show: show === "all" ? undefined : show })}
      />
      <span className={s.gap} />
      <div data-filter="" className={s.find}>
        <Input
          label="Filter instances"
          placeholder="Filter by id, address, tag"
          size="sm"
          icon="search"
          type="search"
          value={search.q ?? ""}
          onChange={(q) => onChange({ q: q === "" ? undefined : q })}
        />
      </div>
      <Select
        label="Group by"
        size="sm"
        className={s.groupBy}
        options={[
          { id: "service", label: "Group: service" },
          { id: "source", label: "Group: source" },
          { id: "none", label: "Group: none" },
        ]}
        selected={search.group ?? "service"}
        onSelect={(group) => onChange({ group: group === "service" ? undefined : group })}
      />
    </div>
  );
}
