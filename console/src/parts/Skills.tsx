import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, InputNumber } from "antd";
import { useState } from "react";
import { dictionary, useWords } from "../words";
import css from "./Skills.module.css";

const words = dictionary({
  en: { name: "Skill", hint: "billing, language:zh …", level: "Level", add: "Add skill", remove: "Remove", of: (what: string, name: string) => `${what}: ${name}` },
  zh: { name: "技能", hint: "账单、language:zh 等", level: "等级", add: "添加技能", remove: "移除", of: (what: string, name: string) => `${what}：${name}` },
});

interface Props {
  value?: Record<string, number>;
  onChange?: (value: Record<string, number>) => void;
  id?: string;
}

/** Skills with their levels, from 1 to 10. */
export function Skills({ value = {}, onChange, id }: Props) {
  const t = useWords(words);
  const [name, setName] = useState("");
  const fresh = name.trim();
  const add = () => {
    if (!fresh || fresh in value) return;
    onChange?.({ ...value, [fresh]: 1 });
    setName("");
  };
  return (
    <div className={css.skills}>
      {Object.entries(value).map(([skill, level]) => (
        <div key={skill} className={css.skill}>
          <span>{skill}</span>
          <InputNumber size="small" min={1} max={10} precision={0} prefix={t.level} aria-label={t.of(t.level, skill)} value={level} onChange={(next) => onChange?.({ ...value, [skill]: next ?? 1 })} />
          <Button
            size="small"
            type="text"
            icon={<CloseOutlined />}
            aria-label={t.of(t.remove, skill)}
            onClick={() => onChange?.(Object.fromEntries(Object.entries(value).filter(([other]) => other !== skill)))}
          />
        </div>
      ))}
      <div className={css.skill}>
        <Input
          id={id}
          aria-label={t.name}
          placeholder={t.hint}
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.target.value)}
          onPressEnter={(event) => {
            event.preventDefault();
            add();
          }}
        />
        <Button icon={<PlusOutlined />} disabled={!fresh || fresh in value} onClick={add}>
          {t.add}
        </Button>
      </div>
    </div>
  );
}
