import { inkOn } from "../theme/ink";
import "./badge.css";

interface Props {
  name: string;
  /** `#d46b08`; without one it is quiet. */
  colour?: string | null;
}

/** A tag, in its colour, with letters that can be read on it. */
export function Tag({ name, colour }: Props) {
  return (
    <span className="badge badge-quiet" style={colour ? { background: colour, color: inkOn(colour) } : undefined}>
      {name}
    </span>
  );
}
