import { DeleteOutlined } from "@ant-design/icons";
import { Button, InputNumber, Select } from "antd";
import { useWords } from "../../words";
import { compares, COUNTS, FACTS, fresh, type FactName, type Test } from "./condition";
import type { useChoices } from "./data";
import { words } from "./words";

interface Props {
  test: Test;
  choices: ReturnType<typeof useChoices>;
  onTest: (test: Test) => void;
  onRemove: () => void;
}

/** One condition: what is asked, how, and with what. */
export function TestRow({ test, choices, onTest, onRemove }: Props) {
  const t = useWords(words);
  const isCount = (COUNTS as readonly FactName[]).includes(test.fact);
  const isNumber = test.compare === "at_least" || test.compare === "at_most";
  const isList = test.compare === "is" || test.compare === "is_not";
  const field = choices.fields.find((one) => one.id === test.of);
  const options = test.fact === "field" ? field?.choices.map((value) => ({ value, label: value })) : choices.values[test.fact];
  const typed = !options || options.length === 0;
  return (
    <div className="segment-test">
      <Select aria-label={t.fact} value={test.fact} onChange={(fact: FactName) => onTest(fresh(fact))} options={FACTS.map((value) => ({ value, label: t[value] }))} />
      {test.fact === "field" && (
        <Select
          aria-label={t.which}
          placeholder={t.which}
          value={typeof test.of === "string" ? test.of : undefined}
          onChange={(of: string) => onTest({ ...test, of, words: [] })}
          options={choices.fields.map((one) => ({ value: one.id, label: one.name }))}
        />
      )}
      <Select aria-label={t.compare} value={test.compare} onChange={(compare: Test["compare"]) => onTest({ ...test, compare, number: test.number ?? 1 })} options={compares(test.fact).map((value) => ({ value, label: t[value] }))} />
      {isList && (
        <Select
          mode={typed ? "tags" : "multiple"}
          open={typed ? false : undefined}
          suffixIcon={typed ? null : undefined}
          aria-label={t.value}
          placeholder={t.value}
          value={test.words ?? []}
          onChange={(list: string[]) => onTest({ ...test, words: list })}
          showSearch={{ optionFilterProp: "label" }}
          options={options ?? []}
        />
      )}
      {isNumber && <InputNumber aria-label={t.value} value={test.number} min={0} onChange={(number) => onTest({ ...test, number: number ?? undefined })} />}
      {isCount && <InputNumber aria-label={t.within} suffix={t.within} value={Number(test.of)} min={1} max={730} precision={0} onChange={(of) => onTest({ ...test, of: of ?? undefined })} />}
      <Button type="text" icon={<DeleteOutlined />} aria-label={t.removeTest} onClick={onRemove} />
    </div>
  );
}
