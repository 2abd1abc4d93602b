import { Modal as Middle, type ModalProps } from "antd";
import { FocusIn, useFocusBack } from "./focus";

/**
 * In the middle, over the page; drawn only while it is open. What is typed lands in it, and whoever opened it has the focus again
 * when it is gone.
 */
export function Modal({ children, ...props }: Omit<ModalProps, "open">) {
  useFocusBack();
  return (
    <Middle open {...props}>
      <FocusIn />
      {children}
    </Middle>
  );
}
