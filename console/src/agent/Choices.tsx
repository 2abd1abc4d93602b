import type { Shown } from "../api";
import { useLanguage } from "../words";

type Node = Shown["NodeReply"];

/** The way to a node, from the top; empty: it is not in this tree. */
function wayTo(tree: readonly Node[], path: string | null): Node[] {
  const node = path === null ? undefined : tree.find((one) => path === one.path || path.startsWith(`${one.path}/`));
  return node ? [node, ...wayTo(node.children as Node[], path)] : [];
}

/** A tree to choose from, a row of buttons for each level: two presses, no menu to open. */
export function Choices({ tree, path, choose }: { tree: readonly Node[]; path: string | null; choose: (path: string) => void }) {
  const { language } = useLanguage();
  const way = wayTo(tree, path);
  const levels = [tree, ...way.map((node) => node.children as Node[]).filter((children) => children.length > 0)];
  const label = (node: Node) => {
    const labels = node.labels as Record<string, string>;
    return labels[language === "zh" ? "zh-CN" : "en"] ?? labels.en ?? Object.values(labels)[0] ?? node.path;
  };
  return (
    <>
      {levels.map((nodes, depth) => (
        <div key={depth} className="choices" role="group">
          {nodes.map((node) => (
            <button key={node.path} type="button" className="choice" aria-pressed={way[depth]?.path === node.path} onClick={() => choose(node.path)}>
              {label(node)}
            </button>
          ))}
        </div>
      ))}
    </>
  );
}
