import { lazy, Suspense, useState } from "react";
import { useSession } from "../session";
import { roleOf } from "./steps";
import { hasSeen, sees, useAsked } from "./store";

const Tour = lazy(() => import("./Tour").then(({ Tour }) => ({ default: Tour })));

/** Shown to who comes for the first time, and to who asks for it. */
export function Tours() {
  const session = useSession();
  const user = session.user.id;
  const role = roleOf(session);
  const asked = useAsked();
  const [seen, setSeen] = useState<{ user: string; asked: number } | null>(null);
  const isOver = seen?.user === user ? seen.asked >= asked : (session.preferences.tour_seen || hasSeen(user)) && asked === 0;
  if (!role || isOver) return null;
  const close = () => {
    sees(user);
    setSeen({ user, asked });
    // What could not be kept is shown once more, another time.
    if (!session.preferences.tour_seen) session.prefer({ tour_seen: true }).catch(() => undefined);
  };
  return (
    <Suspense>
      <Tour key={`${user} ${asked}`} role={role} close={close} />
    </Suspense>
  );
}
