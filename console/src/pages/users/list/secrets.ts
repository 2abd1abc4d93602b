import type { Shown } from "../../../api";

/** A spreadsheet takes for a formula what begins so. */
const FORMULA = /^[=+\-@\t\r]/;

const cell = (text: string) => {
  const plain = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
};

/** First passwords as CSV that Excel reads, too: with a mark at its beginning, and no formulas. */
export function secretsFile(titles: readonly string[], secrets: readonly Shown["ListSecret"][]): string {
  const rows = secrets.map((one) => [one.login, one.name, one.password ?? "", one.extension ?? "", one.phone_password ?? ""]);
  return "\u{feff}" + [titles, ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("");
}
