import { Select } from "antd";
import { dictionary, useWords } from "../words";
import { INTERNAL, type Internal } from "./internal";

const words = dictionary({
  en: { internal: "Help desks of the house", exclude: "Without help desks", include: "With help desks", only: "Help desks alone" },
  zh: { internal: "内部服务台", exclude: "不含内部服务台", include: "包含内部服务台", only: "仅内部服务台" },
});

interface Props {
  value: Internal;
  onChange: (internal: Internal) => void;
  /** Within the head of a card. */
  small?: boolean;
}

/** Whether figures count what staff ask the house's help desks. */
export function InternalChoice({ value, onChange, small = false }: Props) {
  const t = useWords(words);
  return (
    <Select
      popupMatchSelectWidth={false}
      size={small ? "small" : undefined}
      variant={small ? "borderless" : undefined}
      aria-label={t.internal}
      value={value}
      onChange={onChange}
      options={INTERNAL.map((one) => ({ value: one, label: t[one] }))}
    />
  );
}
