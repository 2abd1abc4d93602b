import { SafetyCertificateOutlined } from "@ant-design/icons";
import { Button, Tooltip } from "antd";
import { Badge, useTold } from "../../../parts";
import { useWords } from "../../../words";
import { useVerdict, type Recording } from "../data";
import { words } from "../words";

/** Was anything changed since it was recorded? Read from end to end, when somebody wants to know. */
export function Seal({ recording }: { recording: Recording }) {
  const t = useWords(words);
  const told = useTold();
  const verdict = useVerdict(recording.id);
  if (!["stored", "verified", "failed"].includes(recording.state)) return null;
  if (!verdict.data) {
    return (
      <Button size="small" icon={<SafetyCertificateOutlined />} loading={verdict.isPending} onClick={() => verdict.mutate(undefined, { onError: told.bad })}>
        {verdict.isPending ? t.checking : t.check}
      </Button>
    );
  }
  const { intact, faults = [], more_faults: more = 0 } = verdict.data;
  return (
    <Tooltip title={intact ? t.intactHelp : t.alteredHelp(faults.length + more)}>
      <span role="status" tabIndex={0}>
        <Badge tone={intact ? "good" : "bad"}>
          <SafetyCertificateOutlined aria-hidden /> {intact ? t.intact : t.altered}
        </Badge>
      </span>
    </Tooltip>
  );
}
