import type { Language } from "../words";

const locale = (language: Language) => (language === "zh" ? "zh-CN" : navigator.language.startsWith("zh") ? "en" : navigator.language);

/** When it was, as one says it today: the time; else with the day. In the browser's own zone. */
export function moment(at: number, language: Language, now = Date.now()): string {
  const date = new Date(at);
  const time = new Intl.DateTimeFormat(locale(language), { hour: "2-digit", minute: "2-digit" }).format(date);
  if (date.toDateString() === new Date(now).toDateString()) return time;
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  const day = new Intl.DateTimeFormat(locale(language), { month: "short", day: "numeric", year: sameYear ? undefined : "numeric" }).format(date);
  return `${day} ${time}`;
}

/** In full, for tooltips and records. */
export function wholeMoment(at: number, language: Language): string {
  return new Intl.DateTimeFormat(locale(language), { dateStyle: "full", timeStyle: "long" }).format(new Date(at));
}
