import { Drawer as Side, type DrawerProps } from "antd";
import { FocusIn, useFocusBack } from "./focus";

/**
 * At the side, over the page; drawn only while it is open. What is typed lands in it, and whoever opened it has the focus again
 * when it is gone.
 */
export function Drawer({ children, ...props }: Omit<DrawerProps, "open" | "autoFocus">) {
  useFocusBack();
  return (
    // The library would have the focus stand on the frame around it, whatever field of it has it by then.
    <Side open autoFocus={false} {...props}>
      <FocusIn />
      {children}
    </Side>
  );
}
