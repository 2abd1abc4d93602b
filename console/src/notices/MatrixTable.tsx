import { Checkbox } from "antd";
import type { ReactNode } from "react";
import { useWords } from "../words";
import { CHANNELS } from "./data";
import { channelNames, kindNames } from "./words";
import "./notices.css";

interface Props {
  name: string;
  rows: readonly { kind: string; channels: readonly string[] }[];
  change: (kind: string, channels: string[]) => void;
  /** Beside the name of a kind. */
  beside?: (kind: string) => ReactNode;
}

/** What comes by which channel: a box for each. */
export function MatrixTable({ name, rows, change, beside }: Props) {
  const kinds = useWords(kindNames);
  const channelOf = useWords(channelNames);
  return (
    <table className="notice-matrix" aria-label={name}>
      <thead>
        <tr>
          <td />
          {CHANNELS.map((channel) => (
            <th key={channel} scope="col">
              {channelOf[channel]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ kind, channels }) => (
          <tr key={kind}>
            <th scope="row">
              {kinds[kind] ?? kind} {beside?.(kind)}
            </th>
            {CHANNELS.map((channel) => (
              <td key={channel}>
                <Checkbox
                  aria-label={`${kinds[kind] ?? kind}: ${channelOf[channel]}`}
                  checked={channels.includes(channel)}
                  onChange={({ target }) => change(kind, CHANNELS.filter((one) => (one === channel ? target.checked : channels.includes(one))))}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
