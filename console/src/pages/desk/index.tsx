import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { useSearchParams } from "react-router";
import { CallPanel } from "../../agent/CallPanel";
import { useCallControls } from "../../agent/controls";
import { DialPad } from "../../agent/DialPad";
import { stateOf, useMine, usePresence } from "../../agent/hooks";
import { WrapUp } from "../../agent/WrapUp";
import { words as agentWords } from "../../agent/words";
import { api, done, type Shown } from "../../api";
import { AskColleagues } from "../../colleagues/AskColleagues";
import { Card } from "../../parts/Card";
import { useTold } from "../../parts/told";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { Captions } from "./Captions";
import { ContactCard } from "./ContactCard";
import { ConversationList } from "./ConversationList";
import { Marks } from "./Marks";
import { MyDay } from "./MyDay";
import { Notes } from "./Notes";
import { Quiet } from "./Quiet";
import { TextOffers } from "./TextOffers";
import { Timeline } from "./Timeline";
import { TrackCard } from "./TrackCard";
import { RatingCard } from "./RatingCard";
import { VisitCard } from "./VisitCard";
import { ToDo } from "./ToDo";
import { Waiters } from "./Waiters";
import { Watched } from "./Watched";
import { words } from "./words";
import "./desk.css";
import { later } from "../../parts/later";

// Nobody waits for it: it comes below the call.
const Tickets = later(() => import("../tickets/OfContact"));
const Suggestions = later(() => import("./Suggestions"));

/** A whole shift on one page: who waits and what I had, the call with what is said in it, and what stays of it. */
export default function Desk() {
  const t = useWords(words);
  const a = useWords(agentWords);
  const { account, agent } = useSession();
  const told = useTold();
  const controls = useCallControls();
  const mine = useMine();
  const state = stateOf(usePresence().data);
  const [picked, setChosen] = useState<Shown["ConversationReply"] | null>(null);
  // As it stands now, where it is among the newest; an old one changes no more.
  const [asked, setAsked] = useSearchParams();
  const linked = asked.get("conversation");
  // Other pages lead to one, as a ticket does to the talk in which it came up.
  const led = useQuery({
    queryKey: ["conversation", linked],
    enabled: linked !== null,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/conversations/{id}", { params: { path: { ...account, id: linked ?? "" } } })),
  });
  const chosen = mine.data?.find((one) => one.id === picked?.id) ?? picked ?? (linked ? (led.data ?? null) : null);
  const close = () => {
    setChosen(null);
    setAsked({}, { replace: true });
  };
  // What there is to wrap up: the call that runs, or the one that I left last.
  const mineLeft = mine.data?.filter((one) => one.participations.some((part) => part.agent === agent?.id && part.left_at));
  const left = (one: { participations: { left_at?: number | null }[] }) => Math.max(...one.participations.map((part) => part.left_at ?? 0));
  const last = mineLeft?.toSorted((x, y) => left(y) - left(x))[0];
  const due = controls?.mine?.conversation ?? (state === "wrap_up" ? last : undefined);
  const open = (id: string) => {
    const read = api.GET("/api/v1/accounts/{account_id}/conversations/{id}", { params: { path: { ...account, id } } });
    done(read).then(setChosen, told.bad);
  };
  return (
    <div className={`desk ${chosen ? "desk-chosen" : ""}`}>
      <h1 className="unseen">{t.title}</h1>
      <div className="desk-list">
        <Watched />
        <TextOffers open={open} />
        <Waiters />
        <ToDo />
        <Card title={t.mine} flush>
          <ConversationList chosen={chosen?.id ?? null} choose={setChosen} />
        </Card>
      </div>
      <div className="desk-middle">
        {controls ? <CallPanel /> : !chosen && state !== "wrap_up" && <Quiet />}
        {!controls && !chosen && !due && <MyDay />}
        {controls?.mine && (
          <Suspense key={`suggestions ${controls.mine.conversation.id}`}>
            <Suggestions conversation={controls.mine.conversation.id} />
          </Suspense>
        )}
        {controls?.mine && !chosen && <Captions key={`captions ${controls.mine.conversation.id}`} conversation={controls.mine.conversation.id} />}
        {chosen ? (
          <Timeline key={chosen.id} conversation={chosen} close={close} />
        ) : (
          !controls &&
          due && <Timeline key={due.id} conversation={due} close={close} />
        )}
      </div>
      {/* Keys tell brothers and sisters apart: two of one name leave their shadows behind. */}
      <div className="desk-side">
        {due && <WrapUp key={`wrap-up ${due.id}`} conversation={due} />}
        {chosen && chosen.id !== due?.id && <Marks key={`marks ${chosen.id}`} conversation={chosen} />}
        {(chosen ?? due) && <AskColleagues conversation={(chosen ?? due)?.id ?? ""} />}
        {(chosen ?? due) && <ContactCard key={`card ${(chosen ?? due)?.id}`} conversation={(chosen ?? due)?.id ?? ""} />}
        {(chosen ?? due) && (
          <Suspense key={`tickets ${(chosen ?? due)?.id}`}>
            <Tickets contact={(chosen ?? due)?.contact ?? null} conversation={(chosen ?? due)?.id} />
          </Suspense>
        )}
        {(chosen?.channel === "web_chat" || chosen?.channel === "phone") && <VisitCard key={`visit ${chosen.id}`} conversation={chosen.id} />}
        {chosen?.channel === "web_chat" && <TrackCard key={`track ${chosen.id}`} conversation={chosen.id} />}
        {(chosen ?? due) && <RatingCard key={`rating ${(chosen ?? due)?.id}`} conversation={(chosen ?? due)?.id ?? ""} />}
        {(chosen ?? due) && <Notes key={`notes ${(chosen ?? due)?.id}`} conversation={(chosen ?? due)?.id ?? ""} />}
        {!controls && (
          <Card title={a.dialpad}>
            <DialPad />
          </Card>
        )}
      </div>
    </div>
  );
}
