import { useLanguage } from "../words";
import { labelOf, wayTo, type Node } from "./tree";

/** A tree to choose from, a row of buttons for each level: two presses, no menu to open. */
export function Choices({ tree, path, choose }: { tree: readonly Node[]; path: string | null; choose: (path: string) => void }) {
  const { language } = useLanguage();
  const way = wayTo(tree, path);
  const levels = [tree, ...way.map((node) => node.children as Node[]).filter((children) => children.length > 0)];
  return (
    <>
      {levels.map((nodes, depth) => (
        <div key={depth} className="choices" role="group">
          {nodes.map((node) => (
            <button key={node.path} type="button" className="choice" aria-pressed={way[depth]?.path === node.path} onClick={() => choose(node.path)}>
              {labelOf(node, language)}
            </button>
          ))}
        </div>
      ))}
    </>
  );
}
