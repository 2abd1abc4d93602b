import { PhoneOutlined } from "@ant-design/icons";
import { Button, Drawer } from "antd";
import { lazy, Suspense, useState } from "react";
import type { Registration } from "../phone/machine";
import { usePhone } from "../phone/usePhone";
import { Waiting } from "../parts/Waiting";
import { useWords } from "../words";
import { words } from "./words";

const DevicePanel = lazy(() => import("./DevicePanel"));

const SAID = { ready: "phoneReady", connecting: "phoneConnecting", lost: "phoneLost", refused: "phoneRefused", off: "phoneOff" } as const satisfies Record<Registration, string>;

/** Whether the telephone in this page is connected; behind it, devices and the check before the shift. */
export function PhoneStatus() {
  const t = useWords(words);
  const phone = usePhone();
  const [isOpen, setOpen] = useState(false);
  if (!phone) return null;
  const { registration } = phone.phone;
  const text = t[SAID[registration]];
  return (
    <>
      <Button type="text" aria-label={`${t.devices}: ${text}`} title={text} data-phone={registration} onClick={() => setOpen(true)} icon={<span className="phone-dot" aria-hidden="true" />}>
        <PhoneOutlined aria-hidden="true" />
      </Button>
      <Drawer open={isOpen} onClose={() => setOpen(false)} title={t.devices} size={420} destroyOnHidden>
        <p className="soft" style={{ marginBottom: 14 }}>
          {text}
        </p>
        <Suspense fallback={<Waiting />}>
          <DevicePanel />
        </Suspense>
      </Drawer>
    </>
  );
}
