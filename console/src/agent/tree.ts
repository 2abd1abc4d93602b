import type { Shown } from "../api";

export type Node = Shown["NodeReply"];

/** The way to a node, from the top; empty: it is not in this tree. */
export function wayTo(tree: readonly Node[], path: string | null): Node[] {
  const node = path === null ? undefined : tree.find((one) => path === one.path || path.startsWith(`${one.path}/`));
  return node ? [node, ...wayTo(node.children as Node[], path)] : [];
}

/** Its name in a language, or in another one, or its path. */
export function labelOf({ labels, path }: Node, language: string): string {
  return labels[language === "zh" ? "zh-CN" : "en"] ?? labels.en ?? Object.values(labels)[0] ?? path;
}

/** A path in words. One that left the tree since is shown as it was written. */
export function spelled(tree: readonly Node[], path: string, language: string): string {
  const way = wayTo(tree, path);
  return way.length > 0 ? way.map((node) => labelOf(node, language)).join(" / ") : path;
}
