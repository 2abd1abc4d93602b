import { Grid, Segmented, Table } from "antd";
import { useState } from "react";
import type { Shown } from "../../../api";
import { Badge, type Tone } from "../../../parts";
import { useWords } from "../../../words";
import { column, counted, faults, outcomes, words } from "./words";
import css from "./list.module.css";

type Row = Shown["ListRow"];

const OUTCOMES = ["faulty", "create", "change", "same"] as const;
const TONES: Record<string, Tone> = { create: "good", change: "busy", same: "quiet", faulty: "bad" };

/** What each row would do, the faulty ones with what is wrong in which cell. */
export function Rows({ rows }: { rows: readonly Row[] }) {
  const t = useWords(words);
  const of = useWords(outcomes);
  const counts = useWords(counted);
  const { md: isWide } = Grid.useBreakpoint();
  const [wanted, setWanted] = useState("all");
  const badge = (outcome: string) => <Badge tone={TONES[outcome] ?? "quiet"}>{of[outcome]}</Badge>;
  const count = (outcome: string) => rows.filter((row) => row.outcome === outcome).length;
  const options = [
    { value: "all", label: t.all(rows.length) },
    ...OUTCOMES.filter((outcome) => count(outcome) > 0).map((outcome) => ({ value: outcome, label: counts[outcome]?.(count(outcome)) })),
  ];
  return (
    <>
      <div className={css.scroll}>
        <Segmented options={options} value={wanted} onChange={setWanted} />
      </div>
      <Table<Row>
        rowKey="line"
        size="small"
        dataSource={rows.filter((row) => wanted === "all" || row.outcome === wanted)}
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={isWide ? { x: 640 } : undefined}
        columns={[
          { title: t.row, dataIndex: "line", width: isWide ? 64 : 44, className: "figures" },
          { title: t.login, dataIndex: "login", width: isWide ? 160 : 96, ellipsis: true },
          { title: t.name, dataIndex: "name", width: 160, ellipsis: true, responsive: ["md"] },
          { title: t.outcome, dataIndex: "outcome", width: 160, responsive: ["md"], render: badge },
          {
            title: t.what,
            render: (_, row) => (
              <>
                {!isWide && badge(row.outcome)}
                <What row={row} />
              </>
            ),
          },
        ]}
      />
    </>
  );
}

function What({ row }: { row: Row }) {
  const t = useWords(words);
  const titles = useWords(column);
  const wrong = useWords(faults);
  if (row.faults.length > 0) {
    return (
      <ul className={css.what}>
        {row.faults.map((fault, n) => (
          <li key={n} title={fault.detail}>
            <strong>{titles[fault.column]}</strong> {fault.value !== "" && <code>{fault.value}</code>} {wrong[fault.code] ?? fault.detail}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <ul className={css.what}>
      {row.changes
        .filter((change) => row.outcome === "change" || change.column !== "name")
        .map((change) => (
          <li key={change.column}>
            <span className="soft">{titles[change.column]}</span> {row.outcome === "change" && <del>{change.before || t.nothing}</del>} <ins>{change.after || t.nothing}</ins>
          </li>
        ))}
    </ul>
  );
}
