import { App } from "antd";
import { useHappened } from "../events";
import { dictionary, useWords } from "../words";

const words = dictionary({
  en: { by: (rule: string) => `By rule “${rule}”` },
  zh: { by: (rule) => `按规则“${rule}”` },
});

/** What rules have leaders know at once, on whatever page they are; it stays until they close it. */
export function RuleNotices() {
  const t = useWords(words);
  const { notification } = App.useApp();
  useHappened(({ type, data }) => {
    if (type === "rule_notice" && typeof data.text === "string") notification.info({ title: data.text, description: t.by(String(data.rule)), duration: 0 });
  });
  return null;
}
