export interface Line {
  /** `same` stands in both, `gone` in the older one only, `new` in the newer one only. */
  is: "same" | "gone" | "new";
  text: string;
}

/** Beyond this many pairs of lines nobody reads a comparison, and it would hold the page up. */
const MOST = 4_000_000;

/** What differs, line by line: the longest common part stays (LCS by the classic table). */
export function compare(older: string, newer: string): Line[] {
  const [a, b] = [older.split("\n"), newer.split("\n")];
  let from = 0;
  while (from < a.length && from < b.length && a[from] === b[from]) from += 1;
  let back = 0;
  while (back < a.length - from && back < b.length - from && a[a.length - 1 - back] === b[b.length - 1 - back]) back += 1;
  const same = (lines: string[]): Line[] => lines.map((text) => ({ is: "same", text }));
  const [left, right] = [a.slice(from, a.length - back), b.slice(from, b.length - back)];
  return [...same(a.slice(0, from)), ...middle(left, right), ...same(back > 0 ? a.slice(-back) : [])];
}

function middle(a: string[], b: string[]): Line[] {
  const gone = (text: string): Line => ({ is: "gone", text });
  const fresh = (text: string): Line => ({ is: "new", text });
  if (a.length * b.length > MOST) return [...a.map(gone), ...b.map(fresh)];
  const wide = b.length + 1;
  const table = new Uint32Array((a.length + 1) * wide);
  const at = (i: number, j: number) => table[i * wide + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      table[i * wide + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i] ?? "", b[j] ?? ""];
    if (x === y) {
      lines.push({ is: "same", text: x });
      [i, j] = [i + 1, j + 1];
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      lines.push(gone(x));
      i += 1;
    } else {
      lines.push(fresh(y));
      j += 1;
    }
  }
  return [...lines, ...a.slice(i).map(gone), ...b.slice(j).map(fresh)];
}

/** A row of a comparison: a line, or so many that are alike and left out. */
export type Row = Line | { is: "skipped"; count: number };

/** Only what differs, with so many lines around it. */
export function shortened(lines: readonly Line[], around = 3): Row[] {
  const near = (at: number) => lines.slice(Math.max(0, at - around), at + around + 1).some((line) => line.is !== "same");
  const rows: Row[] = [];
  lines.forEach((line, at) => {
    const last = rows.at(-1);
    if (near(at)) rows.push(line);
    else if (last?.is === "skipped") last.count += 1;
    else rows.push({ is: "skipped", count: 1 });
  });
  return rows;
}
