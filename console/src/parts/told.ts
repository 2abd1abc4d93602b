import { App } from "antd";
import { useMemo } from "react";
import { problemText } from "../api/problem";
import { useLanguage } from "../words";

/** Say in a line at the edge that something worked, or why it did not. */
export function useTold() {
  const { message } = App.useApp();
  const { language } = useLanguage();
  return useMemo(
    () => ({
      good: (text: string) => void message.success(text),
      bad: (problem: unknown) => void message.error(problemText(problem, language), 6),
      warn: (text: string) => void message.warning(text, 6),
    }),
    [message, language],
  );
}
