import { Button, Popconfirm, type ButtonProps } from "antd";
import type { ReactNode } from "react";
import "./sure.css";

interface Props extends Pick<ButtonProps, "aria-label" | "disabled" | "loading" | "size"> {
  /** What is asked; without it what the button says. */
  title?: string;
  /** What becomes of it then. */
  help?: string;
  /** It takes something away for good; `false`: it can be had again. */
  danger?: boolean;
  onSure: () => void;
  /** What it does, as the button says it here and in the question. */
  children: NonNullable<ReactNode>;
}

/** A button that asks once more. */
export function SureButton({ title, help, danger = true, onSure, children, ...button }: Props) {
  return (
    <Popconfirm title={title ?? children} description={help && <div className="sure-help">{help}</div>} okText={children} okButtonProps={{ danger }} onConfirm={onSure}>
      <Button danger={danger} {...button}>
        {children}
      </Button>
    </Popconfirm>
  );
}
