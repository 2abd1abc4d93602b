import { dictionary, useWords } from "../../words";

/** Rules that every centre begins with, by what they watch. The server keeps them under their English names. */
export const firstRules = dictionary({
  en: {
    trunk_down: "Trunk down",
    recording_failed: "Recording failed",
    all_on_break: "All on a break",
    wrap_up: "Wrap-up too long",
    no_answers: "Two rings unanswered",
    disk_days: "Disk fills up",
    longest_wait: "Long wait",
    callbacks_overdue: "Callback overdue",
  },
  zh: {
    trunk_down: "中继中断",
    recording_failed: "录音失败",
    all_on_break: "全员休息",
    wrap_up: "话后处理过长",
    no_answers: "连续两次未应答",
    disk_days: "磁盘空间不足",
    longest_wait: "等待过久",
    callbacks_overdue: "回电逾期",
  },
});

/** The name of a rule, in the reader's words as long as nobody has given it another than it began with. */
export function ruleName(name: string, t: typeof firstRules.en): string {
  const began = Object.entries(firstRules.en).find(([, first]) => first === name);
  return began ? t[began[0] as keyof typeof t] : name;
}

export function useRuleName(): (name: string) => string {
  const t = useWords(firstRules);
  return (name) => ruleName(name, t);
}
