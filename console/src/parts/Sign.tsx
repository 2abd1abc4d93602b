import { Button, type ButtonProps } from "antd";
import "./sign.css";

/** A sign in the head line that says how much is new; `count` is empty where nothing is. Its name says it to whoever hears it. */
export function Sign({ count, ...button }: Omit<ButtonProps, "type" | "className" | "children"> & { count: string }) {
  return (
    <Button type="text" className="sign" {...button}>
      {count && (
        <span className="sign-count" aria-hidden="true">
          {count}
        </span>
      )}
    </Button>
  );
}
