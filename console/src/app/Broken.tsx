import { Button } from "antd";
import { Component, type ReactNode } from "react";
import { Empty } from "../parts/Empty";
import { useWords } from "../words";
import { words } from "./words";

function Said({ reload }: { reload: () => void }) {
  const t = useWords(words);
  return (
    <div role="alert">
      <Empty title={t.brokenTitle}>
        <p>{t.brokenText}</p>
        <Button type="primary" onClick={reload} style={{ marginTop: 12 }}>
          {t.reload}
        </Button>
      </Empty>
    </div>
  );
}

interface Props {
  /** Whenever this changes the page is tried again: another page is another chance. */
  of?: string;
  children: ReactNode;
}

/** Holds an error of a page where it is: the menu, the telephone and the call go on. */
export class Broken extends Component<Props, { error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidUpdate(before: Props) {
    if (before.of !== this.props.of && this.state.error) this.setState({ error: null });
  }

  override render() {
    return this.state.error ? <Said reload={() => window.location.reload()} /> : this.props.children;
  }
}
