import { HistoryOutlined, NodeIndexOutlined } from "@ant-design/icons";
import { Button, Space } from "antd";
import { Drawer } from "../Drawer";
import { useState } from "react";
import { useWords } from "../../words";
import { Changes } from "./Changes";
import { UsedBy } from "./UsedBy";
import { words } from "./words";

/** What nothing can be said to use. */
const UNUSED = ["inbox:", "alert_rule:", "contact_field:", "ticket_type:", "department:", "quick_phrase:", "phrase_category:"];

interface Props {
  /** As it stands in the audit. */
  object: string;
  /** Where what refers to it is asked under another name. */
  used?: string;
}

/** Two buttons: what a setting was, and what refers to it. */
export default function Past({ object, used = object }: Props) {
  const t = useWords(words);
  const [shows, setShows] = useState<"history" | "usedBy" | null>(null);
  return (
    <Space size={4}>
      <Button type="text" size="small" icon={<HistoryOutlined />} onClick={() => setShows("history")}>
        {t.history}
      </Button>
      {!UNUSED.some((kind) => used.startsWith(kind)) && (
        <Button type="text" size="small" icon={<NodeIndexOutlined />} onClick={() => setShows("usedBy")}>
          {t.usedBy}
        </Button>
      )}
      {shows && (
        <Drawer title={t[shows]} size={560} onClose={() => setShows(null)}>
          {shows === "history" ? <Changes object={object} /> : <UsedBy object={used} />}
        </Drawer>
      )}
    </Space>
  );
}
