import { CoffeeOutlined, CustomerServiceOutlined, PoweroffOutlined } from "@ant-design/icons";
import { stateOf, usePresence } from "../../agent/hooks";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/Empty";
import { useWords } from "../../words";
import { words } from "./words";

/** Between two calls: why nothing rings, or that it will. */
export function Quiet() {
  const t = useWords(words);
  const state = stateOf(usePresence().data);
  const [icon, text] =
    state === "logged_out" ? [<PoweroffOutlined key="off" />, t.quietOff] : state === "not_ready" ? [<CoffeeOutlined key="break" />, t.quietBreak] : [<CustomerServiceOutlined key="ready" />, t.quietReady];
  return (
    <Card>
      <Empty icon={icon} title={t.quietTitle}>
        {text}
      </Empty>
    </Card>
  );
}
