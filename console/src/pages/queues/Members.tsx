import { CloseOutlined } from "@ant-design/icons";
import { Button, InputNumber, Select } from "antd";
import { useWords } from "../../words";
import { useAgents } from "../settings/data";
import { words } from "./words";
import css from "./Members.module.css";

export interface Place {
  agent: string;
  level: number;
}

interface Props {
  value?: Place[];
  onChange?: (value: Place[]) => void;
  id?: string;
}

/** Who works in a queue, and who is asked first. */
export function Members({ value = [], onChange, id }: Props) {
  const t = useWords(words);
  const { data: agents } = useAgents();
  const all = (agents ?? []).filter((agent) => agent.active);
  const name = (agent: string) => agents?.find((one) => one.id === agent)?.name ?? agent;
  const put = (agent: string, level: number) => onChange?.(value.map((one) => (one.agent === agent ? { agent, level } : one)));
  return (
    <div className={css.members}>
      {value.map((place) => (
        <div key={place.agent} className={css.member}>
          <span>{name(place.agent)}</span>
          <InputNumber size="small" min={1} max={255} precision={0} prefix={t.level} aria-label={`${t.level}: ${name(place.agent)}`} value={place.level} onChange={(level) => put(place.agent, level ?? 1)} />
          <Button size="small" type="text" icon={<CloseOutlined />} aria-label={`${t.remove}: ${name(place.agent)}`} onClick={() => onChange?.(value.filter((one) => one.agent !== place.agent))} />
        </div>
      ))}
      <Select
        id={id}
        showSearch={{ optionFilterProp: "label" }}
        placeholder={t.addMember}
        value={null}
        onChange={(agent: string | null) => agent && onChange?.([...value, { agent, level: 1 }])}
        options={all.filter((agent) => !value.some((one) => one.agent === agent.id)).map((agent) => ({ value: agent.id, label: agent.name }))}
      />
    </div>
  );
}
