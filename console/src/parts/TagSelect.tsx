import { Select } from "antd";
import { grouped, type OneTag } from "./tagGroups";

interface Props {
  id?: string;
  label?: string;
  tags: readonly OneTag[];
  value?: string[];
  onChange?: (ids: string[]) => void;
  disabled?: boolean;
}

/** Several tags of the account's list, in their groups; what other roles give stays as it is. */
export function TagSelect({ id, label, tags, value = [], onChange, disabled = false }: Props) {
  return (
    <Select
      id={id}
      mode="multiple"
      style={{ width: "100%" }}
      aria-label={label}
      placeholder={label}
      disabled={disabled}
      value={value}
      onChange={(ids: string[]) => {
        // What one may not take away stays, also when everything is cleared.
        const kept = tags.filter((tag) => tag.reserved && value.includes(tag.id)).map((tag) => tag.id);
        onChange?.([...new Set([...ids, ...kept])]);
      }}
      showSearch={{ optionFilterProp: "label" }}
      options={grouped(tags, value).map(({ group, tags: of }) => {
        const options = of.map((tag) => ({ value: tag.id, label: tag.name, disabled: tag.reserved }));
        return group === null ? options : [{ label: group, options }];
      }).flat()}
    />
  );
}
