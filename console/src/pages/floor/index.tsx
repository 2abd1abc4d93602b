import { FundProjectionScreenOutlined } from "@ant-design/icons";
import { Button, Space } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { BusyHourCard } from "../../demo/BusyHourCard";
import { Page, Trouble, Waiting } from "../../parts";
import { InternalChoice } from "../../parts/InternalChoice";
import type { Internal } from "../../parts/internal";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { Attention } from "../alerts/Attention";
import { Agents } from "./Agents";
import { useFloor } from "./data";
import { Figures } from "./Figures";
import { Queues } from "./Queues";
import { words } from "./words";
import css from "./floor.module.css";

/** Who does what now, who waits, and what to do about it from the row. */
export default function FloorPage() {
  const t = useWords(words);
  const { account, may } = useSession();
  const [internal, setInternal] = useState<Internal>("exclude");
  const floor = useFloor(internal);
  return (
    <Page
      wide
      title={t.title}
      actions={
        <Space wrap>
          <InternalChoice value={internal} onChange={setInternal} />
          <Link to="/wallboard">
            <Button icon={<FundProjectionScreenOutlined />}>{t.toWallboard}</Button>
          </Link>
        </Space>
      }
    >
      {floor.isPending && <Waiting />}
      {floor.isError && <Trouble problem={floor.error} again={() => void floor.refetch()} />}
      {floor.data && (
        <>
          <Attention nameOf={(id) => [...floor.data.agents, ...floor.data.queues].find((one) => one.id === id)?.name} />
          {may("work.assign") && <BusyHourCard account={account} />}
          <Figures floor={floor.data} />
          <div className={css.columns}>
            <Queues floor={floor.data} />
            <Agents floor={floor.data} />
          </div>
        </>
      )}
    </Page>
  );
}
