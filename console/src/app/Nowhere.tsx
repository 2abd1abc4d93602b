import { CompassOutlined } from "@ant-design/icons";
import { Link } from "react-router";
import { Empty } from "../parts/Empty";
import { useWords } from "../words";
import { words } from "./words";

/** No page has this address, or none that is open to who is signed in. */
export function Nowhere() {
  const t = useWords(words);
  return (
    <Empty icon={<CompassOutlined />} title={t.nowhereTitle}>
      <p>{t.nowhereText}</p>
      <Link to="/">{t.home}</Link>
    </Empty>
  );
}
