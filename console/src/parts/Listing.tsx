import type { UseQueryResult } from "@tanstack/react-query";
import { Table, type TableColumnsType } from "antd";
import type { ReactNode } from "react";
import { Empty } from "./Empty";
import { Trouble } from "./Trouble";

/** Rows on one page of a list that is long and wholly read. */
const PAGE = 50;

interface Props<Row> {
  /** How the rows were asked for. */
  read: Pick<UseQueryResult, "isPending" | "isError" | "error" | "refetch">;
  rows: readonly Row[] | undefined;
  /** What tells rows apart; their `id` without it. */
  rowKey?: keyof Row | ((row: Row) => string);
  columns: TableColumnsType<Row>;
  /** Where no row is: that there is none, and how one gets here. */
  icon?: ReactNode;
  none: string;
  noneHelp?: ReactNode;
  /** Turned over, fifty rows a page. */
  isPaged?: boolean;
}

/** The list of a page: its rows, why they could not be read, or what one does to have some. */
export function Listing<Row extends object>({ read, rows, rowKey = "id" as keyof Row, columns, icon, none, noneHelp, isPaged = false }: Props<Row>) {
  const empty = (
    <Empty icon={icon} title={none}>
      {noneHelp}
    </Empty>
  );
  return (
    <>
      {read.isError && <Trouble problem={read.error} again={() => void read.refetch()} />}
      <Table<Row>
        rowKey={rowKey}
        size="middle"
        loading={read.isPending}
        pagination={isPaged && { pageSize: PAGE, hideOnSinglePage: true, showSizeChanger: false }}
        // A table wider than a phone is pushed to the side; an empty one has nothing there to be seen.
        scroll={rows?.length ? { x: "max-content" } : undefined}
        showHeader={read.isPending || Boolean(rows?.length)}
        dataSource={rows}
        // Of what could not be read nobody knows that there is none.
        locale={{ emptyText: read.isPending || read.isError ? " " : empty }}
        columns={columns}
      />
    </>
  );
}
