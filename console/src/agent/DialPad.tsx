import { PhoneOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useState } from "react";
import { useWords } from "../words";
import { Keys } from "./Keys";
import { useDial } from "./useDial";
import { words } from "./words";

/** A number to call: typed, pasted, or pressed. */
export function DialPad() {
  const t = useWords(words);
  const dial = useDial();
  const [number, setNumber] = useState("");
  const wanted = number.replace(/[\s()/.-]/g, "");
  const call = () => {
    if (wanted) dial.mutate({ number: wanted }, { onSuccess: () => setNumber("") });
  };
  return (
    <div style={{ display: "flex", flexDirection: "column", gap: 12, alignItems: "center" }}>
      <form
        className="dial-line"
        style={{ width: "100%" }}
        onSubmit={(event) => {
          event.preventDefault();
          call();
        }}
      >
        <Input
          id="dial"
          value={number}
          inputMode="tel"
          autoComplete="off"
          allowClear
          placeholder={t.dialHint}
          aria-label={t.dialHint}
          onChange={(event) => setNumber(event.target.value)}
        />
        <Button type="primary" htmlType="submit" icon={<PhoneOutlined />} disabled={!wanted} loading={dial.isPending}>
          {t.dial}
        </Button>
      </form>
      <Keys press={(key) => setNumber((old) => old + key)} />
    </div>
  );
}
